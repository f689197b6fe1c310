import { binomialAtMost, lowerBound } from './binomial.ts'
import { counted, percent } from './difference.ts'
import { canonicalJson, sha256 } from './digest.ts'
import { type Judged, verdictOf } from './judged.ts'
import type { ActionPolicy, Promotion } from './manifest.ts'
import { rollbackTestDays, rollbackTestIsOld } from './oversight-evidence.ts'
import { labelsWithoutError, type Tolerance } from './threshold.ts'
import type { Instant } from './time.ts'

/** When labels are looked at, and at no other number: to look until it fits would find luck. */
const LOOKS = [500, 1000, 2000] as const

/** One condition for reducing oversight; `figure` and `advice` are sentences. */
export type Check = {
  readonly item: 'outcomes' | 'accuracy' | 'rollback' | 'monitoring' | 'owner'
  readonly met: boolean
  readonly figure: string
  /** What to do; null: it is met. */
  readonly advice: string | null
}

/** What the labels say at one look. */
export type Look = {
  readonly outcomes: number
  readonly errors: number
  /** The one-sided lower bound of the share that was right. */
  readonly lower_bound: number
  /** null: not even none would do. */
  readonly max_errors: number | null
  readonly passed: boolean
}

export type PromotionChecklist = {
  readonly ready: boolean
  readonly checks: readonly Check[]
  readonly looks: readonly Look[]
  /** What the manifest is to say; null while anything is missing. */
  readonly promotion: Promotion | null
  /** What speaks for less or more oversight, whatever was asked; sentences. */
  readonly remarks: readonly string[]
}

/** The most errors among n with which, at confidence 1 - delta, at least `target` are right; null: no number. */
export function maxErrors(target: number, n: number, delta: number): number | null {
  let most: number | null = null
  for (let errors = 0; errors < n && binomialAtMost(errors, n, 1 - target) <= delta; errors += 1) most = errors
  return most
}

/**
 * May the oversight of an action be reduced? Every item, met or not, with its figure.
 * @param judged all decisions of the action by one agent version, labelled or not
 * @param today `YYYY-MM-DD`
 */
export function promotionChecklist(
  action: ActionPolicy,
  asked: { readonly to: Promotion['to']; readonly target: number; readonly agentVersion: string | null },
  judged: readonly Judged[],
  today: string,
  now: Instant,
): PromotionChecklist {
  const { target } = asked
  const { alpha, delta } = action.suggestions
  const band = bandOf(judged, now)
  const looks = LOOKS.filter((look) => look <= band.length).map((look) =>
    lookAt(band.slice(0, look), target, delta / LOOKS.length),
  )
  const passed = looks.find((look) => look.passed) ?? null
  const covered = judged.filter((each) => isInBand(each)).length
  const checks = [
    outcomesCheck(band.length, covered),
    accuracyCheck(looks, band.length, target, delta / LOOKS.length),
    rollbackCheck(action, today),
    monitoringCheck(action),
    ownerCheck(action),
  ]
  const ready = checks.every(({ met }) => met)
  const promotion =
    !ready || passed === null || action.owner === null
      ? null
      : {
          to: asked.to,
          date: today,
          owner: action.owner,
          outcomes: passed.outcomes,
          lower_bound: Math.floor(passed.lower_bound * 10_000) / 10_000,
          target,
          evidence: sha256(
            canonicalJson({
              action: action.name,
              agent_version: asked.agentVersion,
              outcomes: band.slice(0, passed.outcomes),
            }),
          ),
        }
  return {
    ready,
    checks,
    looks,
    promotion,
    remarks: remarksOn(action, judged, { alpha, delta }, now).map(({ text }) => text),
  }
}

/** A labelled decision of the promoted band. */
type Outcome = { readonly id: string; readonly correct: boolean; readonly source: string }

/**
 * The labelled decisions that would pass without a person, in the order in which their first label came: what was seen at
 * an earlier look stays what it was.
 */
function bandOf(judged: readonly Judged[], now: Instant): readonly Outcome[] {
  return judged
    .filter((each) => isInBand(each))
    .flatMap(({ id, labels }) => {
      const { label } = verdictOf(labels, now)
      if (label === null) return []
      const first = Math.min(...labels.filter(({ observedAt }) => observedAt <= now).map(({ recorded }) => recorded))
      return [{ outcome: { id, correct: label.correct, source: label.source }, first }]
    })
    .toSorted((a, b) => a.first - b.first)
    .map(({ outcome }) => outcome)
}

/** Approval is not required any more after a promotion: everything passes but what is blocked or asks for a review. */
function isInBand({ recommendedReview, status }: Judged): boolean {
  return !recommendedReview && status !== 'blocked'
}

function lookAt(outcomes: readonly Outcome[], target: number, delta: number): Look {
  const n = outcomes.length
  const errors = outcomes.filter(({ correct }) => !correct).length
  const most = maxErrors(target, n, delta)
  const bound = lowerBound(n - errors, n, delta)
  return { outcomes: n, errors, lower_bound: bound, max_errors: most, passed: most !== null && errors <= most }
}

function outcomesCheck(labelled: number, decisions: number): Check {
  const met = labelled >= LOOKS[0]
  return {
    item: 'outcomes',
    met,
    figure: `${labelled} of the ${counted(decisions, 'decision')} that would pass have a label; ${LOOKS[0]} are needed.`,
    advice: met ? null : `${counted(LOOKS[0] - labelled, 'more label')} to go.`,
  }
}

function accuracyCheck(looks: readonly Look[], labelled: number, target: number, delta: number): Check {
  const look = looks.find(({ passed }) => passed) ?? looks.at(-1)
  const wanted = `at least ${percent(target)} right`
  const next = LOOKS.find((each) => each > labelled)
  if (look === undefined) {
    const figure = `No look yet: labels are looked at when there are ${LOOKS.join(', ')}, and at no other number.`
    const most = maxErrors(target, LOOKS[0], delta)
    const advice =
      most === null
        ? `No ${LOOKS[0]} labels can show ${wanted}: it takes ${labelsWithoutError(target, delta)} without an error.`
        : `At ${LOOKS[0]} at most ${counted(most, 'error')} may be among them.`
    return { item: 'accuracy', met: false, figure, advice }
  }
  const { outcomes, errors, lower_bound: bound, max_errors: most, passed } = look
  const allowed = most === null ? 'and not even none would do' : `and ${most} would be the most`
  const figure = `At ${outcomes} labels: ${counted(errors, 'error')}, ${allowed}; at least ${(100 * bound).toFixed(1)}% are right with ${Number((100 * (1 - delta)).toFixed(2))}% confidence, and the target is ${percent(target)}.`
  const advice =
    next === undefined
      ? 'That was the last look: leave the oversight as it is for this version of the agent.'
      : `The next look is at ${next} labels.`
  return { item: 'accuracy', met: passed, figure, advice: passed ? null : advice }
}

function rollbackCheck({ rollback }: ActionPolicy, today: string): Check {
  const item = 'rollback'
  const tested = rollback?.tested_on ?? null
  if (rollback === null) {
    const advice = 'Declare rollback with the day on which it was last tested, tested_on.'
    return { item, met: false, figure: 'No rollback is declared.', advice }
  }
  if (tested === null) {
    const advice = 'Test it, and write the day to rollback.tested_on.'
    return { item, met: false, figure: 'A rollback is declared, and no test of it.', advice }
  }
  if (tested > today) {
    const advice = 'Write the day of the last test that has taken place.'
    return { item, met: false, figure: `The rollback is to be tested on ${tested}, which is not yet.`, advice }
  }
  const met = !rollbackTestIsOld(tested, today)
  const advice = met ? null : 'Test it again, and write the day to rollback.tested_on.'
  const figure = `The rollback was last tested on ${tested}; a test counts for ${rollbackTestDays} days.`
  return { item, met, figure, advice }
}

function monitoringCheck({ monitoring }: ActionPolicy): Check {
  const item = 'monitoring'
  if (monitoring !== null) return { item, met: true, figure: `The alert is ${monitoring.alert}.`, advice: null }
  const advice = 'Set up an alert for what this action puts out, and name it in monitoring.alert.'
  return { item, met: false, figure: 'No monitoring alert is declared.', advice }
}

function ownerCheck({ owner }: ActionPolicy): Check {
  if (owner !== null) return { item: 'owner', met: true, figure: `${owner} answers for it.`, advice: null }
  return { item: 'owner', met: false, figure: 'Nobody answers for it.', advice: 'Name a person in owner.' }
}

const RUBBER_STAMP = 0.997
/** Among fewer a single denial is more than the other 0.3%. */
const RUBBER_STAMP_FROM = 334

/** What speaks for less or more oversight of an action; `text`: a sentence. */
export type Remark = { readonly kind: 'promoted_already' | 'rubber_stamp' | 'more_oversight'; readonly text: string }

/** @param judged decisions of the action by one agent version */
export function remarksOn(
  { approval_required: required, name }: ActionPolicy,
  judged: readonly Judged[],
  { alpha, delta }: Tolerance,
  now: Instant,
): readonly Remark[] {
  const approved = judged.filter(({ status }) => status === 'approved').length
  const decided = approved + judged.filter(({ status }) => status === 'denied').length
  const passed = judged
    .filter(({ status }) => status === 'auto_approved')
    .flatMap(({ labels }) => verdictOf(labels, now).label ?? [])
  const errors = passed.filter(({ correct }) => !correct).length
  const remarks: Remark[] = []
  if (!required)
    remarks.push({
      kind: 'promoted_already',
      text: `\`${name}\` does not require approval as it is: a promotion only changes who watches.`,
    })
  if (decided >= RUBBER_STAMP_FROM && approved / decided >= RUBBER_STAMP)
    remarks.push({
      kind: 'rubber_stamp',
      text: `People approved ${approved} of ${decided} (${((100 * approved) / decided).toFixed(1)}%): a step that is nearly always approved costs time and attention, and hardly protects.`,
    })
  // As many errors would be a surprise if no more than alpha were wrong.
  if (errors > 0 && binomialAtMost(passed.length - errors, passed.length, 1 - alpha) <= delta)
    remarks.push({
      kind: 'more_oversight',
      text: `Of ${counted(passed.length, 'labelled decision')} that passed without a person ${counted(errors, 'was', 'were')} wrong, more than the ${percent(alpha)} that may be: consider more oversight.`,
    })
  return remarks
}
