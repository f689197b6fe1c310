import type { Status } from './decision.ts'
import { type Label, verdictOf } from './judged.ts'
import { type LimitUsage, limitEntries, limitKeys } from './limits.ts'
import type { ActionPolicy, Manifest } from './manifest.ts'
import type { Proposal } from './proposal.ts'
import { type Route, type RouteInput, route } from './route.ts'
import type { Ruling } from './rule.ts'
import { policyOf } from './stage-gate.ts'
import { type Instant, toDay } from './time.ts'

/** A decision as the record has it, and what was said of it later. */
export type Past = {
  readonly id: string
  readonly at: Instant
  readonly agent: string
  readonly proposal: Proposal
  readonly route: Route
  /** Why it was routed so. */
  readonly reasons: readonly { readonly code: string }[]
  readonly status: Status
  /** When people approved or denied it; null: they did not. */
  readonly decidedAt: Instant | null
  readonly labels: readonly Label[]
}

/** `refused`: the candidate would not take the proposal at all. */
export type Rerouted = Route | 'refused'

/** A decision that the candidate routes elsewhere. */
export type Change = {
  readonly id: string
  readonly at: Instant
  readonly action: string
  readonly agent: string
  readonly from: Route
  readonly to: Rerouted
  /** The action's amount; null: it has none, or it must not be shown. */
  readonly amount: number | null
  readonly denied: boolean
  /** How it turned out; null: nobody has said. */
  readonly correct: boolean | null
}

/** Decisions of one action that went the one way and would go the other. */
export type Move = {
  readonly action: string
  readonly from: Route
  readonly to: Rerouted
  readonly n: number
  /** The sum of the amounts that are known; null: none is. */
  readonly amount: number | null
  readonly denied: number
  readonly wrong: number
  readonly labelled: number
}

/** What a candidate manifest would have done with the decisions of the past. */
export type Backtest = {
  readonly compared: number
  /** Those with a label, of the compared ones. */
  readonly labelled: number
  /** Blocked because something was frozen: no manifest changes that, so they are not compared. */
  readonly frozen: number
  /** Newest last, each that would go another way. */
  readonly changes: readonly Change[]
  /** The most frequent first. */
  readonly moves: readonly Move[]
  /** How many would be asked of people that were not, and the other way round. */
  readonly asked: { readonly more: number; readonly fewer: number }
  /** What that is in time, by how long people took to decide an action, median; null: nobody has decided anything. */
  readonly waitedMs: { readonly more: number; readonly fewer: number } | null
}

/** What the pure core can't do itself: rules are CEL, schemas JSON Schema. */
export type Checks = {
  readonly rulings: (policy: ActionPolicy, input: RouteInput) => readonly Ruling[]
  /** Would the action's schema, or what it `requires`, refuse the proposal? */
  readonly refuses: (policy: ActionPolicy, proposal: Proposal) => boolean
}

/**
 * Routes decisions of the past once more, under a candidate. They come in the order in which they were made: what passes
 * under the candidate fills its limits, as it would have then. An unchanged manifest changes nothing.
 */
export function createBacktest(
  candidate: Manifest,
  { rulings, refuses }: Checks,
  now: Instant,
): {
  /** Fills the windows of limits with what passed before the time that is compared. */
  readonly warmUp: (past: Past) => void
  readonly take: (past: Past) => void
  readonly result: () => Backtest
} {
  const windows = createWindows()
  const changes: Change[] = []
  const waits = new Map<string, number[]>()
  let compared = 0
  let labelled = 0
  let frozen = 0

  function reroute({ agent, proposal, at }: Past): Rerouted {
    const input = { agent, proposal }
    const policy = policyOf(candidate, proposal)
    if (policy !== null && refuses(policy, proposal)) return 'refused'
    const usage = policy === null ? [] : windows.read(policy, proposal, at)
    const asks = policy === null ? [] : rulings(policy, input)
    return route(candidate, input, { usage, rulings: asks, controls: [], today: toDay(at) }).route
  }

  function count(past: Past, to: Rerouted): void {
    const policy = policyOf(candidate, past.proposal)
    if (policy !== null && to === 'auto_approve') windows.add(policy, past.proposal, past.at)
  }

  return {
    warmUp: (past) => count(past, past.route),
    take: (past) => {
      if (past.reasons.some(({ code }) => code === 'frozen')) {
        frozen += 1
        return
      }
      const to = reroute(past)
      count(past, to)
      compared += 1
      const { label } = verdictOf(past.labels, now)
      if (label !== null) labelled += 1
      const { action } = past.proposal
      if (past.decidedAt !== null) listIn(waits, action).push(past.decidedAt - past.at)
      if (to !== past.route) changes.push(changeOf(candidate, past, to, label?.correct ?? null))
    },
    result: () => ({
      compared,
      labelled,
      frozen,
      changes,
      moves: movesOf(changes),
      asked: { more: changes.filter(isAskedNow).length, fewer: changes.filter(isAskedNoMore).length },
      waitedMs: waitedMs(changes, waits),
    }),
  }
}

/** What was decided by people and passes now. */
export function isNewlyAutomatic({ to }: Change): boolean {
  return to === 'auto_approve'
}

/** The changes that say most about the candidate, first what it would have let pass and should not have. */
export function mostTelling(changes: readonly Change[], most: number): readonly Change[] {
  const rank = (change: Change): number => {
    if (isNewlyAutomatic(change)) return change.correct === false ? 0 : change.denied ? 1 : 3
    if (change.to === 'block' || change.to === 'refused' || change.from === 'block') return 2
    return change.from === 'auto_approve' ? 4 : 5
  }
  return changes
    .map((change) => ({ change, rank: rank(change) }))
    .toSorted((a, b) => a.rank - b.rank || (b.change.amount ?? 0) - (a.change.amount ?? 0) || b.change.at - a.change.at)
    .slice(0, most)
    .map(({ change }) => change)
}

function changeOf(candidate: Manifest, past: Past, to: Rerouted, correct: boolean | null): Change {
  const { id, at, agent, proposal, route: from, status } = past
  const amount = amountOf(candidate, proposal)
  return { id, at, action: proposal.action, agent, from, to, amount, denied: status === 'denied', correct }
}

function amountOf(candidate: Manifest, proposal: Proposal): number | null {
  const policy = policyOf(candidate, proposal)
  const name = policy?.conditions?.amount_parameter
  if (policy === null || name === undefined || policy.redact.includes(name)) return null
  const value = Object.hasOwn(proposal.parameters, name) ? proposal.parameters[name] : null
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

function movesOf(changes: readonly Change[]): readonly Move[] {
  const groups = new Map<string, Change[]>()
  for (const change of changes) listIn(groups, JSON.stringify([change.action, change.from, change.to])).push(change)
  return [...groups.values()]
    .flatMap((group): readonly Move[] => {
      const [first] = group
      if (first === undefined) return []
      const { action, from, to } = first
      const amounts = group.flatMap(({ amount }) => amount ?? [])
      return [
        {
          action,
          from,
          to,
          n: group.length,
          amount: amounts.length === 0 ? null : amounts.reduce((sum, each) => sum + each, 0),
          denied: group.filter(({ denied }) => denied).length,
          wrong: group.filter(({ correct }) => correct === false).length,
          labelled: group.filter(({ correct }) => correct !== null).length,
        },
      ]
    })
    .toSorted((a, b) => b.n - a.n)
}

function listIn<Item>(lists: Map<string, Item[]>, key: string): Item[] {
  const list = lists.get(key) ?? []
  lists.set(key, list)
  return list
}

const isAsked = (to: Rerouted) => to === 'human_review' || to === 'escalate'
const isAskedNow = ({ from, to }: Change) => !isAsked(from) && isAsked(to)
const isAskedNoMore = ({ from, to }: Change) => isAsked(from) && !isAsked(to)

function waitedMs(changes: readonly Change[], waits: ReadonlyMap<string, readonly number[]>): Backtest['waitedMs'] {
  const all = median([...waits.values()].flat())
  if (all === null) return null
  const medians = new Map([...waits].map(([action, times]) => [action, median(times) ?? all]))
  const sum = (those: readonly Change[]) => those.reduce((ms, { action }) => ms + (medians.get(action) ?? all), 0)
  return { more: sum(changes.filter(isAskedNow)), fewer: sum(changes.filter(isAskedNoMore)) }
}

function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null
}

/** What passed, window by window; read and filled in the order of time. */
function createWindows() {
  const windows = new Map<string, { readonly held: { at: Instant; amount: number }[]; from: number; sum: number }>()
  const windowOf = (key: string, windowMs: number) => {
    const name = `${windowMs} ${key}`
    const window = windows.get(name) ?? { held: [], from: 0, sum: 0 }
    windows.set(name, window)
    return window
  }

  return {
    read: (policy: ActionPolicy, proposal: Proposal, now: Instant): readonly LimitUsage[] =>
      limitKeys(policy, proposal).keys.map(({ index, key, windowMs }) => {
        const window = windowOf(key, windowMs)
        for (; (window.held[window.from]?.at ?? Number.POSITIVE_INFINITY) <= now - windowMs; window.from += 1)
          window.sum -= window.held[window.from]?.amount ?? 0
        if (window.from === window.held.length) window.sum = 0
        return { index, used: window.sum }
      }),
    add: (policy: ActionPolicy, proposal: Proposal, at: Instant): void => {
      const { keys } = limitKeys(policy, proposal)
      // A key is written once, and every window over it sees that.
      const amounts = new Map(limitEntries(keys).map(({ key, amount }) => [key, amount]))
      for (const name of new Set(keys.map(({ key, windowMs }) => JSON.stringify([key, windowMs])))) {
        const [key, windowMs] = JSON.parse(name)
        const window = windowOf(key, windowMs)
        const amount = amounts.get(key) ?? 0
        window.held.push({ at, amount })
        window.sum += amount
      }
    },
  }
}
