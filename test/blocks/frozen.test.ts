/**
 * What is read where something is frozen. Broken builds that these sentences were seen to catch:
 * - Approve kept on the card or in the full context -> the sentences on Approve. Reasons as mrkdwn -> "as it is".
 */
import { describe, expect, it } from 'vitest'
import { ACTIONS } from '../../blocks/action-ids.ts'
import { approvalCard, isWaitingView } from '../../blocks/approval-card.ts'
import { contextModal } from '../../blocks/context-modal.ts'
import { notice } from '../../blocks/notice.ts'
import { decidableRow, queueMessage } from '../../blocks/queue.ts'
import { sharedCard } from '../../blocks/shared-card.ts'
import { type Freeze, REASON_TEXT } from '../../src/domain/freeze.ts'
import { action, aFreeze, EVERYTHING, workflow } from '../fixtures/freezes.ts'
import { expectMessage, nodes, renderedText } from './rendered-text.ts'
import { START, viewOf } from './views.ts'

const HOSTILE = '<!channel> *x* :tada: <https://evil.example|Approved>\u202e'

function waiting(frozen: readonly Freeze[], parameters = {}) {
  const view = viewOf({ frozen, proposal: { parameters } })
  if (!isWaitingView(view)) throw new Error('this decision has ended')
  return view
}

const pressed = (blocks: readonly unknown[]) =>
  nodes(blocks).flatMap(({ action_id: id }) => (id === undefined ? [] : [id]))
const flat = (blocks: readonly object[]) => renderedText(blocks).replace(/\s+/g, ' ')

describe('the card of a frozen decision', () => {
  it('says by whom, since when and why, and has every button but Approve', () => {
    const { blocks, text } = approvalCard(waiting([aFreeze(action('process_refund'))]), START)
    expectMessage(blocks)
    expect(flat(blocks)).toContain(
      'Frozen by @U0DANA0001 since 2026-03-01 12:00 UTC (this action): the gateway charges twice It cannot be approved until an administrator lifts it.',
    )
    expect(pressed(blocks)).toEqual([ACTIONS.deny, ACTIONS.clarify, ACTIONS.context])
    expect(text).toContain('It is frozen, and cannot be approved for now.')
  })

  it('asks nobody to approve in the full context, and has no Approve there either', () => {
    const long = waiting([aFreeze(EVERYTHING, { by: { kind: 'operator' } })], { text: 'long '.repeat(1_000) })
    expect(flat(approvalCard(long, START).blocks)).toMatch(/open Full context to read(?! and approve)/)
    const modal = contextModal(long, { page: 99, approving: true, now: START })
    expect(modal.submit).toBeUndefined()
    expect(pressed(decidableRow(long, START))).not.toContain(ACTIONS.approve)
    const first = contextModal(long, { page: 1, approving: true, now: START })
    expect(flat(first.blocks)).toContain('Frozen by an operator at the command line since')
    expect(contextModal(waiting([]), { page: 1, approving: true, now: START }).submit).toBeDefined()
  })

  it('stays within what Slack takes, however many freezes with however long reasons cover it', () => {
    const freezes = Array.from({ length: 20 }, (_, n) => aFreeze(EVERYTHING, { n, reason: 'x'.repeat(REASON_TEXT) }))
    const { blocks } = approvalCard(waiting(freezes, { text: 'y'.repeat(2_700) }), START)
    expectMessage(blocks)
    expect(flat(blocks)).toContain('and 17 more that cover it')
    expect(flat(blocks)).toContain('until an administrator lifts all of them')
  })
})

describe('a row of a shared card', () => {
  const rows = (...frozen: readonly (readonly Freeze[])[]) =>
    frozen.map((each, n) => {
      const view = viewOf({ frozen: each, policy: { severity: 'low' }, proposal: { parameters: { n } } })
      return { ...view, decision: { ...view.decision, id: `dec_row${n}` } }
    })

  it('that is frozen says so and has no Approve; the others keep theirs', () => {
    const { blocks } = sharedCard(rows([aFreeze(workflow('wf-1'))], []), START)
    expectMessage(blocks)
    expect(flat(blocks)).toMatch(/Frozen by @U0DANA0001 since .* UTC : the gateway charges twice It cannot be approved/)
    expect(pressed(blocks).filter((id) => id === ACTIONS.approve)).toHaveLength(1)
    expect(pressed(blocks).filter((id) => id === ACTIONS.deny)).toHaveLength(2)
  })

  it('says that it is frozen also where there is no room for the reason, and all rows stay on the card', () => {
    const freezes = Array.from({ length: 9 }, (_, n) => aFreeze(EVERYTHING, { n, reason: 'x'.repeat(REASON_TEXT) }))
    const { blocks } = sharedCard(rows(freezes, freezes, freezes, freezes, freezes), START)
    expectMessage(blocks)
    expect(flat(blocks).match(/Frozen by/g)).toHaveLength(5)
    expect(flat(blocks)).toContain(', and 8 more')
  })
})

const FREEZE = aFreeze(workflow(HOSTILE), { reason: HOSTILE })
const AT = { by: { kind: 'operator' }, at: START, reason: HOSTILE } as const

it.each([
  ['a card', approvalCard(waiting([FREEZE]), START)],
  ['a list', queueMessage({ list: { kind: 'mine' }, page: 1, items: [], more: false }, [FREEZE], START)],
  ['the notice that it is frozen', notice({ about: 'freeze_set', subject: FREEZE.subject, ...AT })],
  ['the notice that it is lifted', notice({ about: 'freeze_lifted', freeze: FREEZE, ...AT })],
])('shows what people wrote as it is: in %s it is no mention, link, emoji or emphasis', (_, { blocks, text }) => {
  expectMessage(blocks)
  const bearers = nodes(blocks).filter((node) => typeof node['text'] === 'string' && node['text'].includes('*x*'))
  expect(bearers.length).toBeGreaterThan(0)
  for (const { type } of bearers) expect(type).toBe('text')
  expect(JSON.stringify(blocks)).not.toContain('\u202e')
  expect(text).not.toMatch(/[*:<]x|channel/)
})

it('the notices say what, by whom, since when and why; and when and why it was lifted', () => {
  const set = notice({ about: 'freeze_set', ...aFreeze(action('process_refund')) })
  expect(flat(set.blocks)).toMatch(
    /Frozen: the action process_refund , by @U0DANA0001 since 2026-03-01 12:00 UTC the gateway/,
  )
  expect(flat(set.blocks)).toContain('/approvals unfreeze process_refund because …')
  const lifted = notice({ about: 'freeze_lifted', freeze: aFreeze(EVERYTHING), ...AT, reason: 'mended' })
  expect(flat(lifted.blocks)).toBe(
    ' No longer frozen: everything , lifted by an operator at the command line , 2026-11-22 10:00 UTC mended It was frozen by @U0DANA0001 since 2026-03-01 12:00 UTC the gateway charges twice ',
  )
})
