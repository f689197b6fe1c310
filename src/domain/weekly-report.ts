import { wilson95 } from './binomial.ts'
import type { CalibrationReport } from './calibration-report.ts'
import { share, thresholdSentence } from './calibration-sentences.ts'
import { counted, joined } from './difference.ts'
import { cusumOf, driftOf } from './drift.ts'
import { madeAt } from './ids.ts'
import { type Judged, verdictOf } from './judged.ts'
import type { ActionPolicy } from './manifest.ts'
import { promotionChecklist, remarksOn } from './promotion.ts'
import type { Route } from './route.ts'
import { DAY, HOUR, type Instant, MINUTE, toDay } from './time.ts'

/** All that is known of an action when the report is made. */
export type ActionKnown = {
  readonly policy: ActionPolicy
  /** Of the newest agent version, in the look-back window. */
  readonly report: CalibrationReport
  /** All decisions ever, the oldest first. */
  readonly judged: readonly Judged[]
}

/** What somebody might do. Nothing does it but a person. `key`: the same one a week later is the same suggestion. */
export type Suggestion = {
  readonly key: string
  readonly action: string
  /** Who answers for the action; null: nobody does. */
  readonly owner: string | null
  /** Sentences. Agents' words may be in them. */
  readonly text: string
}

/** An action's line of the table. Shares are 0..1; null where there are no labels. */
export type ActionLine = {
  readonly action: string
  /** Of the last seven days. */
  readonly decisions: number
  readonly passed: number
  readonly labels: number
  readonly claimed: number | null
  readonly right: number | null
  readonly wrongPassed: { readonly wrong: number; readonly of: number }
}

export type WeeklyReport = {
  /** When it was due. */
  readonly at: Instant
  readonly sentences: readonly string[]
  /** What was not suggested last week comes first. */
  readonly suggestions: readonly (Suggestion & { readonly isNew: boolean })[]
  readonly lines: readonly ActionLine[]
  /** The action that pictures say most of; null: no action has a label. */
  readonly pictured: string | null
}

export type WeekOfPeople = {
  readonly approved: number
  readonly denied: number
  readonly timedOut: number
  /** From the request to the answer; null: nobody decided anything. */
  readonly medianMs: number | null
}

const WEEK = 7 * DAY

/**
 * @param known every action of the manifest
 * @param before the keys of what was suggested in the report before this one
 * @param at when the report was due
 * @param now when it is made
 */
export function weeklyReport(
  known: readonly ActionKnown[],
  people: WeekOfPeople,
  before: readonly string[],
  at: Instant,
  now: Instant,
): WeeklyReport {
  const lines = known.map((each) => lineOf(each, now)).filter(({ decisions, labels }) => decisions + labels > 0)
  const suggested = known.flatMap((each) => suggestionsFor(each, now))
  const marked = suggested.map((each) => ({ ...each, isNew: !before.includes(each.key) }))
  return {
    at,
    sentences: [
      volumeSentence(lines),
      peopleSentence(people),
      labelSentence(known),
      catchSentence(known),
      alertSentence(known, now),
    ],
    suggestions: [...marked.filter(({ isNew }) => isNew), ...marked.filter(({ isNew }) => !isNew)],
    lines,
    pictured: mostTelling(known, marked),
  }
}

function since(judged: readonly Judged[], from: Instant, until = Infinity): readonly Judged[] {
  return judged.filter(({ id }) => madeAt(id) >= from && madeAt(id) < until)
}

function lineOf({ policy, report, judged }: ActionKnown, now: Instant): ActionLine {
  const week = since(judged, now - WEEK)
  const verdicts = since(judged, now - 30 * DAY)
    .filter(({ status }) => status === 'auto_approved')
    .flatMap(({ labels }) => verdictOf(labels, now).label ?? [])
  return {
    action: policy.name,
    decisions: week.length,
    passed: week.filter(({ route }) => route === 'auto_approve').length,
    labels: report.n,
    claimed: report.mean_stated,
    right: report.accuracy,
    wrongPassed: { wrong: verdicts.filter(({ correct }) => !correct).length, of: verdicts.length },
  }
}

function volumeSentence(lines: readonly ActionLine[]): string {
  const sum = (figure: (line: ActionLine) => number) => lines.reduce((total, each) => total + figure(each), 0)
  const all = sum(({ decisions }) => decisions)
  const passed = sum((each) => each.passed)
  if (all === 0) return 'No agent proposed anything in the last seven days.'
  return `Agents proposed ${counted(all, 'action')} in the last seven days; ${passed} (${share(passed / all)}) passed without a person.`
}

function peopleSentence({ approved, denied, timedOut, medianMs }: WeekOfPeople): string {
  if (approved + denied + timedOut === 0) return 'No request to people has ended in that time.'
  const within = medianMs === null ? '' : `, half of them within ${inWords(medianMs)}`
  const late = timedOut === 0 ? 'none went unanswered' : `${timedOut} went unanswered until they were denied`
  return `People approved ${approved} and denied ${denied}${within}; ${late}.`
}

function inWords(ms: number): string {
  if (ms < 2 * HOUR) return counted(Math.max(1, Math.ceil(ms / MINUTE)), 'minute')
  return `${Math.round(ms / HOUR)} hours`
}

function labelSentence(known: readonly ActionKnown[]): string {
  const sum = (figure: (report: CalibrationReport) => number) =>
    known.reduce((total, { report }) => total + figure(report), 0)
  const n = sum((report) => report.n)
  const decisions = sum((report) => report.decisions)
  if (n === 0) return 'No decision of the last 30 days has a label, so nothing can be said of how they turned out.'
  const right = sum((report) => (report.accuracy ?? 0) * report.n) / n
  const stated = sum((report) => (report.mean_stated ?? 0) * report.n) / n
  return `${n} of ${counted(decisions, 'decision')} of the last 30 days have a label: ${share(right)} were right, and agents had claimed ${share(stated)}.`
}

function catchSentence(known: readonly ActionKnown[]): string {
  const sum = (figure: 'wrong' | 'caught') => known.reduce((total, { report }) => total + report.reviewers[figure], 0)
  const wrong = sum('wrong')
  const caught = sum('caught')
  if (wrong === 0) return 'Of what people decided, nothing is known to have been wrong.'
  const [from, to] = wilson95(caught, wrong)
  return `Of ${counted(wrong, 'request')} that turned out wrong, people denied ${caught} (${share(caught / wrong)}, 95% interval ${share(from)} to ${share(to)}).`
}

function alertSentence(known: readonly ActionKnown[], now: Instant): string {
  const alerts = known.flatMap((each) => alertsOf(each, now))
  return alerts.length === 0
    ? 'No action has drifted, and errors have not risen anywhere.'
    : `Look at ${joined(alerts.map(({ action, what }) => `${action} (${what})`))}.`
}

const ROUTES: readonly Route[] = ['auto_approve', 'human_review', 'escalate', 'block']

/** What has moved in the last week against the four before it, and where errors pile up. */
function alertsOf({ policy, judged }: ActionKnown, now: Instant) {
  const current = since(judged, now - WEEK)
  const reference = since(judged, now - 5 * WEEK, now - WEEK)
  const byRoute = (all: readonly Judged[]) => ROUTES.map((each) => all.filter(({ route }) => route === each).length)
  const byClaim = (all: readonly Judged[]) =>
    Array.from(
      { length: 10 },
      (_, i) => all.filter((each) => Math.min(9, Math.floor(10 * each.confidence + 1e-9)) === i).length,
    )
  const errors = since(judged, now - 30 * DAY)
    .filter(({ status }) => status === 'auto_approved')
    .flatMap(({ labels }) => verdictOf(labels, now).label ?? [])
    .map(({ correct }) => !correct)
  const isDrifting = (bins: (all: readonly Judged[]) => readonly number[]) =>
    driftOf(bins(reference), bins(current))?.alerted ?? false
  return [
    ...(isDrifting(byRoute) ? [{ action: policy.name, what: 'its routes have moved' }] : []),
    ...(isDrifting(byClaim) ? [{ action: policy.name, what: 'its claims have moved' }] : []),
    ...(cusumOf(errors).final >= CUSUM_LIMIT
      ? [{ action: policy.name, what: 'errors among what passes have risen' }]
      : []),
  ]
}

const CUSUM_LIMIT = 4

function suggestionsFor({ policy, report, judged }: ActionKnown, now: Instant): readonly Suggestion[] {
  const { name: action, owner, thresholds } = policy
  const autoApprove = thresholds.auto_approve_confidence
  const { suggested } = report.threshold
  const own = judged.filter(({ agentVersion }) => agentVersion === report.agent_version)
  const made = (kind: string, text: string): Suggestion => ({ key: `${kind} ${action}`, action, owner, text })
  const overstated = report.buckets
    .filter(({ alerted, gap }) => alerted && gap < 0)
    .map(({ label }) => label.toFixed(1))
  return [
    ...(suggested !== null && suggested !== autoApprove
      ? [made(`threshold ${autoApprove} ${suggested}`, thresholdSentence(report.threshold, autoApprove))]
      : []),
    ...(overstated.length > 0
      ? [
          made(
            `overstates ${overstated.join(' ')}`,
            `Its agent overstates confidence at ${joined(overstated)}; consider raising the threshold above ${overstated.at(-1)}.`,
          ),
        ]
      : []),
    ...promotable(policy, own, report.agent_version, now).map((text) => made('promote', text)),
    ...remarksOn(policy, own, policy.suggestions, now)
      .filter(({ kind }) => kind !== 'promoted_already')
      .map(({ kind, text }) => made(kind, text)),
  ]
}

function promotable(
  policy: ActionPolicy,
  judged: readonly Judged[],
  agentVersion: string | null,
  now: Instant,
): readonly string[] {
  if (!policy.approval_required || policy.promotion !== null) return []
  const to = policy.severity === 'high' ? 'on_the_loop' : 'autonomous'
  const target = Number((1 - policy.suggestions.alpha).toFixed(12))
  const { ready } = promotionChecklist(policy, { to, target, agentVersion }, judged, toDay(now), now)
  return ready ? [`Ready for less oversight: countersign promote ${policy.name} --to ${to} prints the lines.`] : []
}

/** New suggestions before old ones, and many labels before few. */
function mostTelling(
  known: readonly ActionKnown[],
  suggestions: readonly (Suggestion & { readonly isNew: boolean })[],
): string | null {
  const weight = ({ policy, report }: ActionKnown) => {
    const own = suggestions.filter(({ action }) => action === policy.name)
    return (own.some(({ isNew }) => isNew) ? 1e9 : 0) + report.n
  }
  const labelled = known.filter(({ report }) => report.n > 0).toSorted((a, b) => weight(b) - weight(a))
  return labelled[0]?.policy.name ?? null
}
