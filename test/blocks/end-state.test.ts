import { describe, expect, it } from 'vitest'
import { isWaitingView } from '../../blocks/approval-card.ts'
import { type EndedView, endState } from '../../blocks/end-state.ts'
import { isWaiting } from '../../src/domain/decision.ts'
import type { DecisionView } from '../../src/domain/decision-view.ts'
import { expectMessage, nodes, renderedText } from './rendered-text.ts'
import { ANA, answered, approved, asked, BEN, denied, executed, timedOut, viewOf, withdrawn } from './views.ts'

function isEnded(view: DecisionView): view is EndedView {
  return !isWaiting(view.decision)
}

function end(view: DecisionView) {
  if (!isEnded(view)) throw new Error('this decision still waits')
  expect(isWaitingView(view)).toBe(false)
  const { blocks, text } = endState(view)
  expectMessage(blocks)
  expect(nodes(blocks).filter(({ type }) => type === 'button' || type === 'actions')).toEqual([])
  // On one line, as a reader sees it.
  return { text, shown: renderedText(blocks).replaceAll('\n', ' ').replaceAll('  ', ' ').replaceAll(' ,', ',') }
}

const blocked = answered(
  'I meant another order.',
  { parameters: { amount_usd: 9_000 }, reasons: [{ code: 'frozen', message: 'everything is frozen' }] },
  { parametersDigest: 'sha256:4', route: 'block', urgency: 'normal', assignment: null },
)

describe('the end state', () => {
  it.each([
    [
      'approved',
      [approved(ANA, 3, 'Checked with the carrier.')],
      'Approved by @U0ANA, 2026-11-22 10:03 UTC, in 3 min Checked with the carrier.',
      'approved by <@U0ANA>',
    ],
    [
      'denied',
      [denied('Wrong order.')],
      'Denied by @U0ANA, 2026-11-22 10:03 UTC, in 3 min Wrong order.',
      'denied by <@U0ANA>',
    ],
    [
      'timed out',
      [timedOut],
      'Timed out : nobody decided in time, so this counts as denied, 2026-11-22 11:00 UTC, in 1 h',
      'counts as denied',
    ],
    [
      'withdrawn',
      [withdrawn('The customer cancelled.')],
      'Withdrawn by the agent, 2026-11-22 10:04 UTC, in 4 min The customer cancelled.',
      'withdrawn by the agent',
    ],
    [
      'blocked after a change',
      [asked('Which order?'), blocked],
      'Blocked : the policy does not allow this with the parameters as the agent changed them, 2026-11-22 10:15 UTC',
      'blocked by the policy',
    ],
  ] as const)('%s: says who, when and why; keeps header and parameters; has no buttons', (_, after, shown, spoken) => {
    const state = end(viewOf({ after }))
    expect(state.shown).toContain(shown)
    expect(state.shown).toContain("Refund a customer's payment")
    expect(state.shown).toContain('Exact parameters')
    expect(state.shown).toContain('amount_usd:')
    expect(state.text).toContain(`Refund a customer's payment: `)
    expect(state.text).toContain(spoken)
    expect(state.text).toContain('High consequence, cannot be undone')
  })

  it('says that the policy approved what nobody had to', () => {
    expect(end(viewOf({ route: 'auto_approve' })).shown).toContain('Approved by the policy')
  })

  it('gives the reasons of a block', () => {
    expect(end(viewOf({ after: [asked('Which?'), blocked] })).shown).toContain('everything is frozen')
  })

  it('names everybody of a quorum, each with their note', () => {
    const after = [approved(ANA, 3, 'Fine.', false), approved(BEN, 5, 'Agreed.')]
    const { shown } = end(viewOf({ policy: { approvals_required: 2 }, after }))
    expect(shown).toContain(
      'Approved by @U0ANA and @U0BEN, 2026-11-22 10:05 UTC, in 5 min @U0ANA : Fine. @U0BEN : Agreed.',
    )
  })

  it.each([
    ['started', executed('started'), 'Running since 2026-11-22 10:09 UTC'],
    ['succeeded', executed('succeeded'), 'Done, 2026-11-22 10:09 UTC'],
    ['failed', executed('failed', 'Card expired'), 'Failed, 2026-11-22 10:09 UTC Card expired'],
  ] as const)('shows an execution that %s', (_, event, shown) => {
    expect(end(viewOf({ after: [approved(ANA, 3, null), event] })).shown).toContain(shown)
  })
})
