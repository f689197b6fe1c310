/* Broken on purpose, each was seen to fail: the first of its kind counted among "more of the same", others left out. */
import { expect, it } from 'vitest'
import { alerts } from '../../blocks/alerts.ts'
import { expectMessage, renderedText } from './rendered-text.ts'

const until = Date.UTC(2026, 10, 22, 11)
const emails = { action: 'send_email', agent: 'mail-bot', decision: 'dec_1', count: 13 }
const one = { action: 'tag_ticket', agent: 'desk-bot', decision: 'dec_2', count: 1 }

it('tells in a line each what passed in a minute, of whom, and why, and joins what is the same', () => {
  const { blocks, text } = alerts({
    window: { every: 'minute', until },
    lines: [
      { ...emails, does: 'Send an e-mail', why: 'confidence 0.97 is at least 0.95' },
      { ...one, does: null, why: null },
    ],
    others: [],
  })
  expectMessage(blocks)
  expect(text).toBe('14 acts passed without a person.')
  const shown = renderedText(blocks).replaceAll('\n', '')
  expect(shown).toContain(
    'Send an e-mail · send_email by mail-bot: confidence 0.97 is at least 0.95 and 12 more of the same',
  )
  expect(shown).toMatch(/tag_ticket by desk-bot$/)
  expect(shown).toContain('between 2026-11-22 10:59 UTC and 2026-11-22 11:00 UTC')
})

it('counts what passed in an hour, and what there is no line for', () => {
  const lines = [{ ...emails, count: 1_300, does: 'Send an e-mail', why: 'sure' }]
  const { blocks, text } = alerts({ window: { every: 'hour', until }, lines, others: [one, one] })
  expectMessage(blocks)
  expect(text).toBe('1,302 acts passed without a person.')
  const shown = renderedText(blocks).replaceAll('\n', '')
  expect(shown).toContain('send_email by mail-bot: 1,300')
  expect(shown).toContain('and 2 more, of other actions or by other agents')
  expect(shown).toContain('between 2026-11-22 10:00 UTC')
})
