/**
 * The card of what runs already. Broken builds that these sentences were seen to catch: a button after the window, or once
 * somebody asked; a redacted value shown; no button of danger; the reason or the detail left out.
 */
import { describe, expect, it } from 'vitest'
import { ACTIONS, decodeValue } from '../../blocks/action-ids.ts'
import { card } from '../../blocks/card.ts'
import { notice } from '../../blocks/notice.ts'
import type { DecisionEvent } from '../../src/domain/event.ts'
import { expectMessage, nodes, preformattedTexts, renderedText } from './rendered-text.ts'
import { executed, later, rollbackAsked, rollbackReported, rollbackSettled, viewOf } from './views.ts'

const UNTIL = later(15)
type Shape = Parameters<typeof viewOf>[0]

function drawn(after: readonly DecisionEvent[] = [], now = later(1), shape: Shape = {}) {
  const view = viewOf({
    rollbackUntil: UNTIL,
    policy: { description: 'Create a cloud resource', reversible: true },
    reasons: ['this action needs no approval'],
    ...shape,
    after,
  })
  const { blocks, text } = card(view, now)
  expectMessage(blocks)
  const shown = renderedText(blocks).replaceAll('\n', ' ').replaceAll('  ', ' ').replaceAll(' ,', ',')
  const buttons = nodes(blocks).filter(({ type }) => type === 'button')
  return { blocks, text, shown, buttons: buttons.map((button) => button['action_id']), button: buttons[0] }
}

describe('while it can be rolled back', () => {
  it('says that it runs and until when, what exactly, for whom, why it passed, and who may roll it back', () => {
    const { shown, text, blocks } = drawn()
    for (const part of [
      'Create a cloud resource',
      'High consequence, can be undone',
      'asked by refund-agent for ana@example.com',
      'Running ; roll back until 2026-11-22 10:15 UTC',
      'Why it passed without a person',
      'this action needs no approval',
      'has not moved for nine days',
      'support_lead or team_lead',
    ])
      expect(shown).toContain(part)
    expect(preformattedTexts(blocks).join('')).toContain('amount_usd: 149.99')
    expect(shown).not.toContain('second parcel and ask again') // what a denial would have meant
    expect(text).toMatch(
      /^Create a cloud resource: running, approved by the policy; roll back until <!date\^1795342500\^.*>\. High consequence, can be undone\.$/,
    )
  })

  it('has a button of danger that names the act and carries the decision, no parameters', () => {
    const { buttons, button } = drawn()
    expect(buttons).toEqual([ACTIONS.rollBack, ACTIONS.context])
    expect(button).toMatchObject({ style: 'danger', accessibility_label: 'Roll back: Create a cloud resource' })
    expect(decodeValue(String(button?.['value']))).toEqual({ decision: 'dec_01m9x3k4t5', revision: 0 })
  })

  it.each([
    ['started', executed('started'), 'Running ; roll back until'],
    ['done', executed('succeeded'), 'Done ; roll back until'],
    ['failed', executed('failed', 'Quota used up.'), 'Failed ; roll back until 2026-11-22 10:15 UTC Quota used up.'],
  ] as const)('says how the execution goes: %s', (_, event, expected) => {
    expect(drawn([event]).shown).toContain(expected)
  })

  it('shows no redacted value', () => {
    const { blocks, shown } = drawn([], later(1), { policy: { redact: ['customer_id'] } })
    expect(JSON.stringify(blocks)).not.toContain('cus_42')
    expect(shown).toContain('redacted')
  })

  it('says where the parameters are that it can not hold', () => {
    const { shown, blocks } = drawn([], later(1), { proposal: { parameters: { body: 'x'.repeat(5_000) } } })
    expect(preformattedTexts(blocks)).toEqual([])
    expect(shown).toContain('open Full context to read them')
  })

  it('is open to everybody in the channel where no roles are defined', () => {
    expect(drawn([], later(1), { openToChannel: true }).shown).toContain('everybody in this channel')
  })
})

describe('afterwards', () => {
  it('the window is over by the clock, whatever the sweep has done', () => {
    expect(drawn([], UNTIL - 1).buttons).toContain(ACTIONS.rollBack)
    const over = drawn([], UNTIL)
    expect(over.shown).toContain('The window to roll this back closed, 2026-11-22 10:15 UTC')
    expect(over.buttons).toEqual([])
  })

  it.each([
    [
      'asked for',
      [rollbackAsked('Wrong region.')],
      'Rollback asked for by @U0ANA, 2026-11-22 10:05 UTC Wrong region. What came of it is not reported yet, and nothing is assumed until it is.',
      'rollback asked for by <@U0ANA>',
      [ACTIONS.context],
    ],
    [
      'rolled back',
      [rollbackAsked('Wrong region.'), rollbackReported('rolled_back', 'Torn down.')],
      'Rolled back, 2026-11-22 10:08 UTC Torn down. Asked for by @U0ANA, 2026-11-22 10:05 UTC Wrong region.',
      'rolled back, asked for by <@U0ANA>',
      [],
    ],
    [
      'failed',
      [rollbackAsked('Wrong region.'), rollbackReported('failed', 'It is locked.')],
      'Rollback failed, 2026-11-22 10:08 UTC It is locked. Asked for by @U0ANA, 2026-11-22 10:05 UTC Wrong region.',
      'rollback failed, asked for by <@U0ANA>',
      [],
    ],
    [
      'settled',
      [executed('succeeded'), rollbackSettled],
      'Settled : nobody rolled it back until 2026-11-22 10:15 UTC Done, 2026-11-22 10:09 UTC',
      'settled, nobody rolled it back',
      [],
    ],
  ] as const)('it says what came of it, and keeps what ran: %s', (_, after, expected, spoken, buttons) => {
    const end = drawn(after, UNTIL + 1)
    expect(end.shown).toContain(expected)
    expect(end.text).toContain(`Create a cloud resource: ${spoken}. High consequence`)
    expect(end.buttons).toEqual(buttons)
    expect(preformattedTexts(end.blocks).join('')).toContain('amount_usd: 149.99')
    expect(end.shown).toContain('this action needs no approval')
  })
})

it('operations are told of a failed rollback: what it was, who had asked, what the agent says, and what to do', () => {
  const named = { decision: 'dec_1', action: 'provision_cloud_resource', agent: 'cloud-bot', by: 'U0ANA' }
  const told = notice({ about: 'rollback_failed', ...named, detail: 'It is locked.' })
  expectMessage(told.blocks)
  const shown = renderedText(told.blocks).replaceAll('\n', ' ')
  for (const part of ['Rollback failed', 'cloud-bot', 'provision_cloud_resource', '@U0ANA', 'It is locked.', 'dec_1'])
    expect(shown).toContain(part)
  expect(told.text).toBe(
    'The rollback of provision_cloud_resource, which <@U0ANA> had asked for, has failed. It may still be in effect, or half undone: somebody has to look at it.',
  )
})
