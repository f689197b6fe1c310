import { describe, expect, it } from 'vitest'
import {
  ACTIONS,
  CALLBACKS,
  decodePage,
  decodeValue,
  encodePage,
  encodeValue,
  INPUTS,
} from '../../blocks/action-ids.ts'
import { approveModal } from '../../blocks/approve-modal.ts'
import { clarifyModal } from '../../blocks/clarify-modal.ts'
import { contextModal } from '../../blocks/context-modal.ts'
import { denyModal } from '../../blocks/deny-modal.ts'
import { messageModal } from '../../blocks/message-modal.ts'
import { rollbackModal } from '../../blocks/rollback-modal.ts'
import { expectModal, nodes, renderedText } from './rendered-text.ts'
import { ANA, approved, denied, START, viewOf } from './views.ts'

const value = { decision: 'dec_01m9x3k4t5', revision: 0 }
const first = { page: 1, approving: false, now: START }

describe('the modals that ask', () => {
  it.each([
    ['deny', denyModal, CALLBACKS.deny, INPUTS.reason],
    ['clarify', clarifyModal, CALLBACKS.clarify, INPUTS.question],
    ['approve', approveModal, CALLBACKS.approve, INPUTS.note],
    ['roll back', rollbackModal, CALLBACKS.rollBack, INPUTS.reason],
  ] as const)('%s: names the act, insists on a text, and carries the card', (_, modal, callback, input) => {
    const view = modal(viewOf())
    expectModal(view)
    expect(view.callback_id).toBe(callback)
    expect(decodeValue(view.private_metadata ?? '')).toEqual(value)
    expect(renderedText(view.blocks)).toContain("Refund a customer's payment")
    const [block] = nodes(view.blocks).filter(({ type }) => type === 'input')
    expect(block).toMatchObject({ block_id: input, optional: false, element: { action_id: input, min_length: 1 } })
  })
})

describe('the full context', () => {
  it('shows everything and has nothing to submit when it was opened to read', () => {
    const view = contextModal(viewOf(), first)
    expectModal(view)
    expect(view.submit).toBeUndefined()
    const shown = renderedText(view.blocks)
    for (const part of [
      'amount_usd: 149.99',
      'has not moved',
      'Customer since 2019',
      'https://track.example.com/parcels/881',
      'Please refund me.',
      'ticket: 8812',
      'sha256:1',
      'What happened',
    ])
      expect(shown).toContain(part)
  })

  it.each([
    ['optional', 'human_review', true],
    ['required', 'escalate', false],
  ] as const)('ends with Approve and an %s note when it was opened to approve', (_, route, optional) => {
    const view = contextModal(viewOf({ route }), { ...first, approving: true })
    expectModal(view)
    expect(view.submit?.text).toBe('Approve')
    expect(view.blocks.at(-1)).toMatchObject({ type: 'input', block_id: INPUTS.note, optional })
  })

  it('turns its pages, and stays within them', () => {
    const long = viewOf({ proposal: { parameters: { body: 'x'.repeat(150_000) } } })
    const labels = [0, 1, 2, 99].map((page) => {
      const view = contextModal(long, { page, approving: true, now: START })
      expectModal(view)
      const turn = nodes(view.blocks).filter(({ type }) => type === 'button')
      return [
        view.title.text,
        ...turn.map(
          (button) => `${String(button['action_id'])} ${decodePage(String(button['value']))?.page ?? 'nowhere'}`,
        ),
      ]
    })
    expect(labels).toEqual([
      ['Context, 1 of 3', `${ACTIONS.nextPage} 2`],
      ['Context, 1 of 3', `${ACTIONS.nextPage} 2`],
      ['Context, 2 of 3', `${ACTIONS.previousPage} 1`, `${ACTIONS.nextPage} 3`],
      ['Context, 3 of 3', `${ACTIONS.previousPage} 2`],
    ])
  })

  it('offers no approval of what has ended, and tells how it went', () => {
    const view = contextModal(viewOf({ after: [denied('Wrong order.')] }), { ...first, approving: true })
    expectModal(view)
    expect(view.submit).toBeUndefined()
    expect(renderedText(view.blocks)).toContain('Wrong order.')
    expectModal(contextModal(viewOf({ after: [approved(ANA, 3, null)] }), first))
  })

  it('redacts wherever the name stands', () => {
    const parameters = { pin: 'canary-1', card: { pin: 'canary-2' } }
    const proposal = {
      parameters,
      workflow: { id: 'w', step_index: 0, completed_steps: [], context: { pin: 'canary-3' } },
    }
    expect(JSON.stringify(contextModal(viewOf({ proposal, policy: { redact: ['pin'] } }), first))).not.toContain(
      'canary',
    )
  })
})

it('tells a person why nothing was recorded', () => {
  const view = messageModal('Not recorded', 'This was denied by <@U0ANA>.')
  expectModal(view)
  expect(renderedText(view.blocks)).toContain('This was denied by <@U0ANA>.')
})

describe('the value codec', () => {
  it('gives back what it wrote', () => {
    expect(decodeValue(encodeValue(value))).toEqual(value)
    const page = { ...value, page: 3, approving: true }
    expect(decodePage(encodePage(page))).toEqual(page)
  })

  it.each([
    '',
    'null',
    '[]',
    '{}',
    'x',
    '{"decision":"dec_1"}',
    '{"decision":"dec_1","revision":"0"}',
    '{"decision":"dec_1","revision":-1}',
    '{"decision":"dec_1","revision":0.5}',
    '{"decision":"dec_1","revision":0,"parameters":{}}',
    '{"decision":"key_1","revision":0}',
    '{"decision":"dec_../x","revision":0}',
    `{"decision":"dec_${'a'.repeat(4_000)}","revision":0}`,
  ])('refuses %s', (text) => {
    expect(decodeValue(text)).toBeNull()
    expect(decodePage(text)).toBeNull()
  })

  it('does not take a page for a card or a card for a page', () => {
    expect(decodePage(encodeValue(value))).toBeNull()
    expect(decodeValue(encodePage({ ...value, page: 1, approving: false }))).toBeNull()
    expect(decodePage('{"decision":"dec_1","revision":0,"page":0,"approving":true}')).toBeNull()
  })
})
