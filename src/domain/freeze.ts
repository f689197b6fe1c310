import type { Proposal } from './proposal.ts'
import { type Instant, toIso } from './time.ts'

/** What can be frozen. A workflow is named by its id, whoever runs it. */
export type FreezeSubject =
  | { readonly kind: 'action' | 'agent' | 'workflow'; readonly name: string }
  | { readonly kind: 'all' }

/** Who freezes and lifts: a person in Slack, or whoever runs the service on its host. */
export type Freezer =
  | { readonly kind: 'person'; readonly team: string; readonly user: string }
  | { readonly kind: 'operator' }

/** A freeze in force. While it is, nothing that it covers is let through or approved. */
export type Freeze = {
  /** The place of its event in the service's own chain: no other freeze ever has it. */
  readonly n: number
  readonly subject: FreezeSubject
  readonly by: Freezer
  readonly at: Instant
  /** What that person wrote, on one line. */
  readonly reason: string
}

/** What a freeze can cover of a proposal. */
export type Reach = { readonly action: string; readonly agent: string; readonly workflow: string | null }

export const NOTHING_FROZEN: readonly Freeze[] = []

/** The longest reason, in UTF-16 units: it stands on every card that the freeze covers. */
export const REASON_TEXT = 500

/** What of a proposal, or of the decision about it, can be frozen. */
export function reachOf({ agent, proposal }: { readonly agent: string; readonly proposal: Proposal }): Reach {
  return { action: proposal.action, agent, workflow: proposal.workflow?.id ?? null }
}

/** The freezes that cover it, those that came first before the others; empty: it is not frozen. */
export function frozenBy(freezes: readonly Freeze[], reach: Reach): readonly Freeze[] {
  return freezes.filter(({ subject }) => subject.kind === 'all' || reach[subject.kind] === subject.name)
}

/** The freeze of exactly this subject; null: it is not in force, though another one may cover it. */
export function freezeOf(freezes: readonly Freeze[], subject: FreezeSubject): Freeze | null {
  return freezes.find((each) => isSameSubject(each.subject, subject)) ?? null
}

/**
 * Reads `ACTION`, `agent NAME`, `workflow ID` or `all`. `action NAME` is there for an action that is called as one of
 * these words is. null: it is none of them.
 */
export function parseSubject(text: string): FreezeSubject | null {
  const [, first = '', rest = ''] = /^(\S+)\s*(.*)$/s.exec(text.trim()) ?? []
  const kind = first.toLowerCase()
  if (rest === '') {
    if (first === '' || kind === 'action' || kind === 'agent' || kind === 'workflow') return null
    return kind === 'all' ? { kind } : { kind: 'action', name: first }
  }
  if (kind === 'workflow') return { kind, name: rest }
  return (kind === 'action' || kind === 'agent') && !/\s/.test(rest) ? { kind, name: rest } : null
}

/** The words that `parseSubject` reads as this subject. */
export function subjectWords(subject: FreezeSubject): string {
  if (subject.kind === 'all') return 'all'
  const { kind, name } = subject
  const alone = kind === 'action' ? parseSubject(name) : null
  return alone?.kind === 'action' && alone.name === name ? name : `${kind} ${name}`
}

/** A reason on one line, without the space around it; null: there is none, or it is longer than `REASON_TEXT`. */
export function tidyReason(text: string): string | null {
  const line = text.replace(/\s+/g, ' ').trim()
  return line === '' || line.length > REASON_TEXT ? null : line
}

/** "the action "process_refund"", for the middle of a sentence. Plain text: agents' words may be in it. */
export function subjectText(subject: FreezeSubject): string {
  return subject.kind === 'all' ? 'everything' : `the ${subject.kind} ${quoted(subject.name)}`
}

/** What is frozen, by whom, since when and why: a fragment of a sentence. Plain text: people's words are in it. */
export function frozenText({ subject, by, at, reason }: Freeze): string {
  const since = `${toIso(at).slice(0, 16).replace('T', ' ')} UTC`
  const who = by.kind === 'operator' ? 'an operator' : `the Slack user ${by.user}`
  return `${subjectText(subject)} is frozen by ${who} since ${since}: ${reason}`
}

/** Tells one set of freezes from any other; empty: none. */
export function freezeMark(freezes: readonly Freeze[]): string {
  return freezes.map(({ n }) => n).join(' ')
}

function isSameSubject(a: FreezeSubject, b: FreezeSubject): boolean {
  if (a.kind === 'all' || b.kind === 'all') return a.kind === b.kind
  return a.kind === b.kind && a.name === b.name
}

// A name that somebody made up must not fill the sentence.
function quoted(text: string): string {
  return text.length <= 80 ? `"${text}"` : `"${text.slice(0, 79)}…"`
}
