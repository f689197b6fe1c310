import { describe, expect, it } from 'vitest'
import { ACTIONS, decodeValue } from '../../blocks/action-ids.ts'
import { approvalCard, isWaitingView } from '../../blocks/approval-card.ts'
import { approveWith, needsNote } from '../../blocks/approve-with.ts'
import type { DecisionView } from '../../src/domain/decision-view.ts'
import { expectMessage, nodes, renderedText } from './rendered-text.ts'
import { ANA, answered, approved, asked, exhausted, later, made, START, unanswered, viewOf } from './views.ts'

function card(view: DecisionView, now = START) {
  if (!isWaitingView(view)) throw new Error('this decision has ended')
  const message = approvalCard(view, now)
  expectMessage(message.blocks)
  return { ...message, shown: renderedText(message.blocks) }
}

describe('the card', () => {
  it('says everything in the order in which people decide', () => {
    const { shown } = card(viewOf())
    const inOrder = [
      "Refund a customer's payment",
      'High consequence, cannot be undone',
      'refund-agent',
      'ana@example.com',
      '*Action*\n`process_refund`',
      '*Decide by*',
      'or it is denied',
      '*Confidence*\n0.82',
      '*Assigned to*\nsupport_lead',
      'What the confidence rests on',
      'Exact parameters',
      'order_id: "ord_881"\ncustomer_id: "cus_42"\namount_usd: 149.99\nnotify: true',
      'Why\n',
      'What has happened so far',
      'query_crm',
      'check_tracking',
      'Expected outcome',
      'If denied',
      'What is uncertain',
      'Evidence',
      'track.example.com',
      'Why a person decides',
      'confidence 0.82 is below 0.95',
      'Approve',
      'Deny',
      'Ask a question',
      'Full context',
    ]
    const found = inOrder.map((text, at) => shown.indexOf(text, at === 0 ? 0 : shown.indexOf(inOrder[at - 1] ?? '')))
    expect(found.map((at, index) => (at < 0 ? inOrder[index] : null)).filter((missing) => missing !== null)).toEqual([])
    expect([...found].sort((a, b) => a - b)).toEqual(found)
  })

  it.each([
    ['the role while nobody is', [], 'support_lead'],
    ['the person and the role', [made('U0ANA', 0)], '<@U0ANA> (support_lead)'],
    [
      'that operations know where nobody is left',
      [made('U0ANA', 0), exhausted('path_exhausted', 10)],
      '<@U0ANA> (support_lead); operations were told',
    ],
    [
      'that operations know where nobody was found',
      [exhausted('nobody_available', 0, later(10))],
      'support_lead; operations were told',
    ],
  ] as const)('says who is asked: %s', (_, after, who) => {
    expect(card(viewOf({ after })).shown).toContain(`*Assigned to*\n${who}\n`)
  })

  it('says by when an answer is expected while somebody is asked for it', () => {
    const after = [made('U0ANA', 0)]
    expect(card(viewOf({ after })).shown).toMatch(/or it is denied\n_answer expected: .*10:10 UTC>_/)
    expect(card(viewOf({ after: [...after, exhausted('path_exhausted', 10)] })).shown).not.toContain('answer expected')
  })

  it('names the act, the consequence and the deadline in its sentence', () => {
    expect(card(viewOf()).text).toBe(
      "Refund a customer's payment? High consequence, cannot be undone. Decide by <!date^1795345200^{date_short_pretty} at {time}|2026-11-22 11:00 UTC>, or it is denied.",
    )
  })

  it('has one primary button, and buttons that carry the decision and the revision only', () => {
    const { blocks } = card(viewOf())
    const buttons = nodes(blocks).filter(({ type }) => type === 'button')
    expect(buttons.map(({ action_id }) => action_id)).toEqual([
      ACTIONS.approve,
      ACTIONS.deny,
      ACTIONS.clarify,
      ACTIONS.context,
    ])
    expect(buttons.map(({ style }) => style)).toEqual(['primary', undefined, undefined, undefined])
    for (const { value, accessibility_label: label } of buttons) {
      expect(decodeValue(String(value))).toEqual({ decision: 'dec_01m9x3k4t5', revision: 0 })
      expect(label).toContain("Refund a customer's payment")
    }
  })

  it('asks again in a dialog that names the act where approving takes a confirmation', () => {
    const [approve] = nodes(card(viewOf()).blocks).filter(({ action_id }) => action_id === ACTIONS.approve)
    expect(JSON.stringify(approve?.['confirm'])).toContain("Refund a customer's payment")
    const [low] = nodes(card(viewOf({ policy: { severity: 'low' } })).blocks).filter(
      ({ action_id }) => action_id === ACTIONS.approve,
    )
    expect(low?.['confirm']).toBeUndefined()
  })

  it('shows a text and a number that look alike differently', () => {
    const { shown } = card(
      viewOf({ proposal: { parameters: { a: '1', b: 1, c: 'true', d: true, e: null, f: 'null' } } }),
    )
    expect(shown).toContain('a: "1"\nb: 1\nc: "true"\nd: true\ne: null\nf: "null"')
  })

  it('shows the lines of a letter as lines that cannot pass for a parameter', () => {
    const { shown } = card(viewOf({ proposal: { parameters: { body: 'Dear Ana,\namount_usd: 5', path: 'C:\\new' } } }))
    expect(shown).toContain('body: "Dear Ana,\\n\n  │ amount_usd: 5"\npath: "C:\\\\new"')
  })

  it('gives the length of a redacted value and nothing else of it', () => {
    const parameters = { card_number: '4111111111111111', nested: { card_number: 'canary' } }
    const { shown, text } = card(viewOf({ proposal: { parameters }, policy: { redact: ['card_number'] } }))
    expect(shown).toContain('card_number: redacted, 16 characters')
    expect(`${shown}${text}`).not.toMatch(/4111|canary/)
  })

  it('locks Approve behind the full view when the parameters are too long for it', () => {
    const view = viewOf({ proposal: { parameters: { amount_usd: 1, memo: 'm'.repeat(20_000) } } })
    expect(approveWith(view)).toBe('full_view')
    const { shown } = card(view)
    expect(shown).toContain('2 parameters, 20,022 characters: open Full context to read and approve')
    expect(shown).not.toContain('mmm')
  })

  it('counts what it leaves out', () => {
    const evidence = Array.from({ length: 40 }, (_, at) => ({ title: `Piece ${at}`, text: 'long '.repeat(300) }))
    const { shown } = card(viewOf({ proposal: { evidence, rationale: 'because '.repeat(2_000) } }))
    expect(shown).toMatch(/and \d+ more pieces of evidence in Full context/)
    expect(shown).toMatch(/Only the first \d+ of 16,000 characters; all of it in Full context\./)
  })

  it('says that everybody in the channel can decide where no roles are defined', () => {
    expect(card(viewOf({ openToChannel: true })).shown).toContain('No roles are defined')
    expect(card(viewOf()).shown).not.toContain('No roles are defined')
  })

  it('shows an open question, who asked it, and that the clocks are stopped; the buttons stay', () => {
    const { shown, blocks } = card(viewOf({ after: [asked('Is the parcel insured?')] }), later(6))
    expect(shown).toContain('@U0ANA\n asked\nIs the parcel insured?')
    expect(shown).toContain('The clocks are stopped')
    expect(shown).not.toContain('or it is denied')
    expect(nodes(blocks).filter(({ type }) => type === 'button')).toHaveLength(4)
  })

  it('shows the answer, its evidence and the changed parameters', () => {
    const amendment = {
      parametersDigest: 'sha256:3',
      route: 'human_review',
      urgency: 'normal',
      assignment: { role: 'support_lead', level: 0 },
    } as const
    const answer = answered(
      'It is insured.',
      { evidence: [{ title: 'Policy 7' }], parameters: { amount_usd: 100 } },
      amendment,
    )
    const { shown, blocks } = card(viewOf({ after: [asked('Is it insured?'), answer] }), later(16))
    expect(shown).toContain('Is it insured?')
    expect(shown).toContain('The agent answered\nIt is insured.')
    expect(shown).toContain('Policy 7')
    expect(shown).toContain('amount_usd: 100\n')
    const [approve] = nodes(blocks).filter(({ action_id }) => action_id === ACTIONS.approve)
    expect(decodeValue(String(approve?.['value']))?.revision).toBe(1)
  })

  it('says that an answer did not come in time', () => {
    expect(card(viewOf({ after: [asked('Why?'), unanswered] }), later(66)).shown).toContain('not answered in time')
  })

  it('counts the approvals of a quorum', () => {
    const view = viewOf({ policy: { approvals_required: 2 }, after: [approved(ANA, 3, null, false)] })
    expect(card(view).shown).toContain('1 of 2 approvals\n: \n@U0ANA')
  })

  it('says that time has run out before the sweep has come by', () => {
    expect(card(viewOf(), later(61)).text).toContain('The time has run out, so this counts as denied')
  })
})

describe('approving takes', () => {
  it.each([
    ['one click for low severity', { severity: 'low' }, 'human_review', 'one_click', false],
    ['a confirmation for high severity', {}, 'human_review', 'confirm', false],
    ['a reason for high, irreversible and escalated', {}, 'escalate', 'reason', true],
    ['a confirmation for high, reversible and escalated', { reversible: true }, 'escalate', 'confirm', false],
    ['one click for low severity even when escalated', { severity: 'low' }, 'escalate', 'one_click', false],
    ['what the manifest says: less', { approve_with: 'one_click' }, 'escalate', 'one_click', false],
    ['what the manifest says: more', { severity: 'low', approve_with: 'reason' }, 'human_review', 'reason', true],
  ] as const)('%s', (_, policy, route, expected, note) => {
    const view = viewOf({ policy, route })
    expect(approveWith(view)).toBe(expected)
    expect(needsNote(view)).toBe(note)
  })
})
