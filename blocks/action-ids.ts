import { PRIVATE_METADATA } from './limits.ts'

/** What is pressed. One of each in a block. */
export const ACTIONS = {
  approve: 'countersign.approve',
  /** The same, beside parameters of which some were not shown: it opens all of them first. */
  approveUnread: 'countersign.approve.unread',
  /** To approve with changes. */
  edit: 'countersign.edit',
  deny: 'countersign.deny',
  clarify: 'countersign.clarify',
  context: 'countersign.context',
  previousPage: 'countersign.context.previous',
  nextPage: 'countersign.context.next',
  open: 'countersign.open',
  previousRows: 'countersign.rows.previous',
  nextRows: 'countersign.rows.next',
  away: 'countersign.away',
  back: 'countersign.back',
  delegate: 'countersign.delegate',
  assign: 'countersign.assign',
  rollBack: 'countersign.roll_back',
  askAgain: 'countersign.ask_again',
  /** What became of an execution of which nobody knows. */
  ran: 'countersign.execution.ran',
  didNotRun: 'countersign.execution.did_not_run',
  tryAgain: 'countersign.execution.try_again',
  /** Was what passed right? The full context of that shows nothing of what the agent claims. */
  right: 'countersign.audit.right',
  wrong: 'countersign.audit.wrong',
  auditContext: 'countersign.audit.context',
} as const

/** What is typed into; the block of each has the same name. */
export const INPUTS = {
  note: 'countersign.note',
  reason: 'countersign.reason',
  question: 'countersign.question',
  until: 'countersign.until',
  to: 'countersign.to',
} as const

/** Where a parameter is typed anew. @param index its place among those that the policy lets reviewers change */
export function editInputId(index: number): string {
  return `countersign.edit.${index}`
}

/** What is submitted, and the App Home. */
export const CALLBACKS = {
  approve: 'countersign.approve.submit',
  edit: 'countersign.edit.submit',
  deny: 'countersign.deny.submit',
  clarify: 'countersign.clarify.submit',
  context: 'countersign.context.submit',
  message: 'countersign.message',
  home: 'countersign.home',
  away: 'countersign.away.submit',
  delegate: 'countersign.delegate.submit',
  assign: 'countersign.assign.submit',
  rollBack: 'countersign.roll_back.submit',
  wrong: 'countersign.audit.wrong.submit',
} as const

/** The row of buttons on a card, and that of a long context. */
export const BLOCKS = { buttons: 'countersign.buttons', pages: 'countersign.pages' } as const

/** What a button or modal is about: the decision, and the revision of the parameters that it showed. Never parameters. */
export type CardValue = { readonly decision: string; readonly revision: number }

/**
 * Was the full context opened to approve? `changes`: to approve with changes. `judge`: what it is about has passed, and
 * the person is asked whether that was right.
 */
export type OpenedTo = boolean | 'changes' | 'judge'

/** Which page of the full context, from 1, and whether it was opened to approve. */
export type PageValue = CardValue & { readonly page: number; readonly approving: OpenedTo }

/** Which open decisions a list shows: those a person is asked, those they could decide or asked for, or the late ones of these. */
export type Listed =
  | { readonly kind: 'mine' }
  /** `named`: only those of an action or of an assigned role. */
  | { readonly kind: 'team'; readonly named: string | null }
  | { readonly kind: 'overdue' }

/** Which page of a list, from 1. */
export type ListValue = { readonly list: Listed; readonly page: number }

/** A button's `value` or a modal's `private_metadata`. */
export function encodeValue({ decision, revision }: CardValue): string {
  return JSON.stringify({ decision, revision })
}

/** null for anything that `encodeValue` did not write. */
export function decodeValue(text: string): CardValue | null {
  const fields = fieldsOf(text, ['decision', 'revision'])
  return fields === null ? null : cardValue(fields)
}

/** Which execution somebody says something of: that of the decision which became unknown at `since`, in ms since the epoch. */
export type AttemptValue = { readonly decision: string; readonly since: number }

/** The same for an execution of which nobody knows. */
export function encodeAttempt({ decision, since }: AttemptValue): string {
  return JSON.stringify({ decision, since })
}

/** null for anything that `encodeAttempt` did not write. */
export function decodeAttempt(text: string): AttemptValue | null {
  const { decision, since } = fieldsOf(text, ['decision', 'since']) ?? {}
  return isDecisionId(decision) && isCount(since) ? { decision, since } : null
}

/** The same for the pages of the full context: its page buttons and its `private_metadata`. */
export function encodePage({ decision, revision, page, approving }: PageValue): string {
  return JSON.stringify({ decision, revision, page, approving })
}

/** null for anything that `encodePage` did not write. */
export function decodePage(text: string): PageValue | null {
  const fields = fieldsOf(text, ['decision', 'revision', 'page', 'approving'])
  const value = fields === null ? null : cardValue(fields)
  if (fields === null || value === null) return null
  const { page, approving } = fields
  if (!isCount(page) || page < 1) return null
  if (typeof approving !== 'boolean' && approving !== 'changes' && approving !== 'judge') return null
  return { ...value, page, approving }
}

/** The same for the pages of a list. */
export function encodeList({ list, page }: ListValue): string {
  return JSON.stringify({ list: list.kind, named: list.kind === 'team' ? list.named : null, page })
}

/** null for anything that `encodeList` did not write. */
export function decodeList(text: string): ListValue | null {
  const { list, named, page } = fieldsOf(text, ['list', 'named', 'page']) ?? {}
  if (!isCount(page) || page < 1) return null
  if (list === 'team') return named === null || typeof named === 'string' ? { list: { kind: list, named }, page } : null
  return (list === 'mine' || list === 'overdue') && named === null ? { list: { kind: list }, page } : null
}

function cardValue({ decision, revision }: Readonly<Record<string, unknown>>): CardValue | null {
  return isDecisionId(decision) && isCount(revision) ? { decision, revision } : null
}

function isDecisionId(value: unknown): value is string {
  return typeof value === 'string' && /^dec_[0-9a-z]{1,64}$/.test(value)
}

function fieldsOf(text: string, names: readonly string[]): Readonly<Record<string, unknown>> | null {
  if (text.length > PRIVATE_METADATA) return null
  const parsed = parsedJson(text)
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return null
  const fields = Object.fromEntries(Object.entries(parsed))
  const expected = Object.keys(fields).length === names.length && names.every((name) => Object.hasOwn(fields, name))
  return expected ? fields : null
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0
}
