/**
 * What a reviewer has changed, wherever it is shown. Broken builds that these sentences were seen to catch:
 * - a long value cut instead of counted, or changes left out without a word -> "is counted".
 * - approvals counted over a change, back to the same parameters -> the thread.
 * - the button shown where nothing can be changed, or while it is frozen -> the card.
 * - the inputs on a page before all parameters were shown -> "comes after all of them".
 * - an approver told that somebody else's turn began -> the direct messages.
 */
import { describe, expect, it } from 'vitest'
import { ACTIONS, decodePage, decodeValue, encodePage } from '../../blocks/action-ids.ts'
import { approvalCard, isWaitingView } from '../../blocks/approval-card.ts'
import { assigneeCard } from '../../blocks/assignee-card.ts'
import { card } from '../../blocks/card.ts'
import { contextModal, contextPages } from '../../blocks/context-modal.ts'
import { editModal } from '../../blocks/edit-modal.ts'
import { sharedCard } from '../../blocks/shared-card.ts'
import { threadLine } from '../../blocks/thread-line.ts'
import { turnsOf } from '../../blocks/turn.ts'
import { voidedNotice } from '../../blocks/voided-notice.ts'
import type { DecisionEvent } from '../../src/domain/event.ts'
import { action, aFreeze } from '../fixtures/freezes.ts'
import { expectMessage, expectModal, nodes, renderedText } from './rendered-text.ts'
import { ANA, answered, approved, asked, BEN, edited, later, made, START, viewOf } from './views.ts'

const EDITABLE = {
  editable_parameters: ['amount_usd', 'memo'],
  parameters_schema: { type: 'object', properties: { amount_usd: { type: 'number' }, memo: { type: 'string' } } },
  approvals_required: 2,
}
const after = (...events: readonly DecisionEvent[]) => viewOf({ policy: EDITABLE, after: events })
const change = edited(BEN, 3, { amount_usd: 80 })
const LINK = 'https://example.slack.com/archives/C1/p1'

const actionsOn = (blocks: unknown) =>
  nodes(blocks).flatMap(({ type, action_id: id }) => (type === 'button' ? [id] : []))

function shown(view: ReturnType<typeof viewOf>) {
  const { blocks, text } = card(view, later(5))
  expectMessage(blocks)
  return { text, seen: renderedText(blocks), blocks }
}

describe('the card', () => {
  it('has the button where something can be changed, and only there; not while it is frozen', () => {
    const frozen = [aFreeze(action('process_refund'))]
    expect(actionsOn(shown(after()).blocks)).toContain(ACTIONS.edit)
    expect(actionsOn(shown(viewOf()).blocks)).not.toContain(ACTIONS.edit)
    expect(actionsOn(shown(viewOf({ policy: EDITABLE, frozen })).blocks)).not.toContain(ACTIONS.edit)
    expect(actionsOn(shown(viewOf({ policy: { ...EDITABLE, redact: ['amount_usd', 'memo'] } })).blocks)).not.toContain(
      ACTIONS.edit,
    )
    expect(nodes(shown(after()).blocks).filter(({ style }) => style === 'primary')).toHaveLength(1)
  })

  it('shows who changed what, before and after, while it waits for others', () => {
    const { seen } = shown(after(change, approved(BEN, 3, null, false)))
    expect(seen).toContain('Changed by \n@U0BEN\namount_usd: 149.99 → 80\n')
    expect(seen).toContain('amount_usd: 80')
    expect(seen).toContain('1 of 2 approvals')
  })

  it('shows a parameter that was not there as none, and texts in quotes', () => {
    const { seen } = shown(after(edited(BEN, 3, { memo: '80 → "x"\n→ none' }), approved(BEN, 3, null, false)))
    expect(seen).toContain('memo: none → "80 → \\"x\\"\\n→ none"')
  })

  it('shows the same at the end, in every copy', () => {
    const ended = after(made('U0BEN', 1), change, approved(BEN, 3, 'Only half of it.'))
    const [turn] = turnsOf(ended.history)
    if (turn === undefined) throw new Error('nobody was asked')
    for (const { blocks } of [shown(ended), assigneeCard(ended, turn, later(5))]) {
      expect(renderedText(blocks)).toContain('amount_usd: 149.99 → 80')
      expect(renderedText(blocks)).toContain('Approved by')
      expect(actionsOn(blocks)).toEqual([])
    }
  })

  it('counts a value that is too long for it, and changes that are too many', () => {
    const long = shown(after(edited(BEN, 3, { memo: 'm'.repeat(1_200) }), approved(BEN, 3, null, false)))
    expect(long.seen).toContain('memo: none → 1,202 characters')
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`field_${at}`, `value ${at}`]))
    const { seen } = shown(after(edited(BEN, 3, many), approved(BEN, 3, null, false)))
    const lines = seen.split('\n').filter((line) => /^field_\d+: none → /.test(line)).length
    expect(lines).toBeGreaterThan(5)
    expect(seen).toContain(`and ${60 - lines} more changes by reviewers in Full context`)
  })

  it('shows each of several changes, and none once the agent has changed it again', () => {
    const twice = after(
      change,
      approved(BEN, 3, null, false),
      edited(ANA, 4, { amount_usd: 60 }),
      approved(ANA, 4, null, false),
    )
    expect(shown(twice).seen).toMatch(/@U0BEN\namount_usd: 149.99 → 80\nChanged by \n@U0ANA\namount_usd: 80 → 60/)
    const parameters = { amount_usd: 5 }
    const amendment = {
      parametersDigest: 'sha256:9',
      route: 'human_review',
      urgency: 'normal',
      assignment: { role: 'support_lead', level: 0 },
    } as const
    const again = after(
      change,
      approved(BEN, 3, null, false),
      asked('Why?'),
      answered('So.', { parameters }, amendment),
    )
    expect(shown(again).seen).not.toContain('Changed by')
    expect(shown(again).seen).toContain('The parameters above are as the agent changed them.')
  })

  it('does not say of a reviewer’s change that it is the agent’s', () => {
    const view = after(asked('Why?'), change, approved(BEN, 3, null, false), answered('So.'))
    expect(shown(view).seen).not.toContain('as the agent changed them')
    expect(shown(view).seen).toContain('Changed by')
  })

  it('of several rows shows each row’s own', () => {
    const views = [after(change, approved(BEN, 3, null, false)), after(change, approved(BEN, 3, null)), after()]
    const { blocks } = sharedCard(views, later(5))
    expectMessage(blocks)
    expect(renderedText(blocks).match(/amount_usd: 149.99 → 80/g)).toHaveLength(2)
    expect(actionsOn(blocks).filter((id) => id === ACTIONS.edit)).toHaveLength(2)
  })
})

describe('the window', () => {
  it('shows all parameters, an input for each that can be changed, and a note; and carries the card', () => {
    const view = editModal(after(), START)
    expectModal(view)
    expect(renderedText(view.blocks)).toContain('order_id: "ord_881"')
    const inputs = nodes(view.blocks).filter(({ type }) => type === 'input')
    expect(inputs.map(({ block_id: id }) => id)).toEqual([
      'countersign.edit.0',
      'countersign.edit.1',
      'countersign.note',
    ])
    expect(decodeValue(view.private_metadata ?? '')).toEqual({ decision: 'dec_01m9x3k4t5', revision: 0 })
    expect(view.submit?.text).toBe('Approve with changes')
  })

  it('of parameters that do not fit comes after all of them, on the last of several pages', () => {
    const parameters = { amount_usd: 1, ...Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`f${at}`, 'x'])) }
    const view = viewOf({ policy: EDITABLE, proposal: { parameters } })
    const first = editModal(view, START)
    expectModal(first)
    expect(first.submit).toBeUndefined()
    expect(nodes(first.blocks).some(({ type }) => type === 'input')).toBe(false)
    const target = decodePage(first.private_metadata ?? '')
    expect(target).toMatchObject({ page: 1, approving: 'changes' })
    const last = contextModal(view, { page: 99, approving: 'changes', now: START })
    expectModal(last)
    expect(decodePage(last.private_metadata ?? '')?.page).toBe(contextPages(view, START).length + 1)
    expect(nodes(last.blocks).some(({ block_id: id }) => id === 'countersign.edit.0')).toBe(true)
    expect(last.submit?.text).toBe('Approve with changes')
  })

  it('has room for fifty, and says how many more there are', () => {
    const names = Array.from({ length: 53 }, (_, at) => `field_${at}`)
    const properties = Object.fromEntries(names.map((name) => [name, { type: 'string' }]))
    const policy = { editable_parameters: names, parameters_schema: { type: 'object', properties } }
    const view = editModal(viewOf({ policy }), START)
    expectModal(view)
    expect(nodes(view.blocks).filter(({ type }) => type === 'input')).toHaveLength(51)
    expect(renderedText(view.blocks)).toContain('3 more cannot be changed')
  })

  it('shows in the full context who changed what, to the last character', () => {
    const memo = 'm'.repeat(1_200)
    const view = after(edited(BEN, 3, { memo }), approved(BEN, 3, null, false))
    expect(renderedText(contextPages(view, START).flat())).toContain(`memo: none → "${memo}"`)
  })

  it('has page buttons that keep what it was opened for', () => {
    const page = { decision: 'dec_1', revision: 2, page: 3, approving: 'changes' } as const
    expect(decodePage(encodePage(page))).toEqual(page)
    expect(decodePage(JSON.stringify({ ...page, approving: 'all' }))).toBeNull()
  })
})

describe('the thread', () => {
  const lineOf = (view: ReturnType<typeof viewOf>, at: number) => {
    const event = view.history[at]
    if (event === undefined) throw new Error('no such event')
    const line = threadLine(event, view, null, false)
    expectMessage(line.blocks)
    return { ...line, seen: renderedText(line.blocks).replaceAll('\n', '') }
  }

  it('says what was changed, whose approval it was of others, and counts from one again', () => {
    const view = after(approved(ANA, 2, null, false), change, approved(BEN, 3, 'Half.', false), approved(ANA, 4, null))
    const line = lineOf(view, 2)
    expect(line.seen).toContain(
      '@U0BEN changed the parameters. The approval of @U0ANA was of other parameters and no longer counts.',
    )
    expect(line.seen).toContain('amount_usd: 149.99 → 80')
    expect(line.text).toBe(
      '<@U0BEN> changed the parameters. The approval of <@U0ANA> was of other parameters and no longer counts.',
    )
    expect([1, 3, 4].map((at) => /\d of 2/.exec(lineOf(view, at).text)?.[0])).toEqual(['1 of 2', '1 of 2', '2 of 2'])
  })

  it('counts from one again although the parameters are what they once were', () => {
    const back = edited(ANA, 4, { amount_usd: 149.99 })
    const view = after(
      approved(BEN, 2, null, false),
      change,
      approved(BEN, 3, null, false),
      back,
      approved(ANA, 4, null, false),
    )
    expect(lineOf(view, 5).text).toContain('1 of 2')
  })

  it('says who decides now where that are others', () => {
    const view = after(edited(BEN, 3, { amount_usd: 900 }, 1), approved(BEN, 3, null, false))
    expect(lineOf(view, 1).text).toBe('<@U0BEN> changed the parameters. team_lead decides now.')
  })
})

describe('direct messages', () => {
  const copyOf = (view: ReturnType<typeof viewOf>, at = 0) => {
    const turn = turnsOf(view.history)[at]
    if (turn === undefined) throw new Error('nobody was asked')
    return assigneeCard(view, turn, later(9)).text
  }
  const first = [made('U0ANA', 1), approved(ANA, 2, null, false)]

  it('say to who has approved that others have to as well, whoever is asked next', () => {
    expect(copyOf(after(...first))).toBe('You have approved this; it needs somebody else as well.')
    expect(copyOf(after(...first, made('U0BEN', 2)))).toBe('You have approved this; it needs somebody else as well.')
    expect(copyOf(after(...first, made('U0BEN', 2), approved(BEN, 3, null)))).toBe(
      'You have approved this; it needs somebody else as well. In the end: approved by <@U0ANA> and <@U0BEN>.',
    )
  })

  it('say to who had approved that it no longer counts', () => {
    expect(copyOf(after(...first, made('U0BEN', 2), change, approved(BEN, 3, null, false)))).toBe(
      'You had approved this before the parameters were changed, so your approval no longer counts.',
    )
  })

  it('say to who is not asked any more whose change has moved it', () => {
    const up = edited(BEN, 3, { amount_usd: 900 }, 1)
    const view = after(made('U0ANA', 1), up, approved(BEN, 3, null, false))
    expect(copyOf(view)).toBe('Moved to team_lead: <@U0BEN> changed the parameters.')
    const given = made('U0CAROL', 4, { role: 'team_lead', level: 1 })
    expect(copyOf(after(made('U0ANA', 1), up, approved(BEN, 3, null, false), given))).toBe(
      'Moved to <@U0CAROL>: <@U0BEN> changed the parameters.',
    )
  })

  it('tell an approver by name of the change, with a link to the card; in one line once it has ended', () => {
    const voided = { version: 4, user: 'U0ANA', changedBy: 'U0BEN' }
    const open = voidedNotice(after(...first, change, approved(BEN, 3, null, false)), voided, LINK)
    expectMessage(open.blocks)
    expect(open.text).toBe(
      `Your approval no longer counts: Refund a customer's payment. <@U0BEN> changed the parameters after you approved it. You can approve it again, deny it, or ask. <${LINK}|Open the card>`,
    )
    expect(voidedNotice(after(), { ...voided, changedBy: null }, null).text).toContain(
      'The agent changed the parameters',
    )
    const ended = voidedNotice(after(...first, change, approved(BEN, 3, null)), voided, LINK)
    expect(ended.text).toBe(
      'You had approved this before the parameters were changed, so your approval no longer counts. In the end: approved by <@U0BEN>.',
    )
  })
})

it('every view of it is one that Slack takes, however much was changed', () => {
  const much = Object.fromEntries(
    Array.from({ length: 200 }, (_, at) => [`field_${at} `, `<!channel> *x* ${'y'.repeat(300)}`]),
  )
  const view = after(edited(BEN, 3, much), approved(BEN, 3, 'n'.repeat(3_000), false))
  if (!isWaitingView(view)) throw new Error('it waits')
  expectMessage(approvalCard(view, later(5)).blocks)
  expectMessage(card(after(edited(BEN, 3, much), approved(BEN, 3, 'n'.repeat(3_000))), later(5)).blocks)
  expectModal(editModal(view, later(5)))
  for (const each of view.history) expectMessage(threadLine(each, view).blocks)
})
