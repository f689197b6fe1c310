import type { ActionPolicy } from './manifest.ts'

/** A rollback that nobody has tried for longer is not counted on. Source: the manifest's load-time rules. */
export const rollbackTestDays = 180

const dayMs = 86_400_000

/**
 * Why the evidence for a reduced oversight no longer holds on a day, in words, one entry each; empty while it holds.
 * An accepted risk holds through its last day; a rollback test for 180 days after it.
 * @param today `YYYY-MM-DD`
 */
export function evidenceRunOut(
  action: Pick<ActionPolicy, 'accepted_risk' | 'rollback'>,
  today: string,
): readonly EvidenceFault[] {
  const faults: EvidenceFault[] = []
  const until = action.accepted_risk?.until ?? null
  if (until !== null && today > until) {
    faults.push({ key: 'accepted_risk.until', message: `the accepted risk ran out on ${until}` })
  }
  const tested = action.rollback?.tested_on ?? null
  if (tested !== null && rollbackTestIsOld(tested, today)) {
    faults.push({
      key: 'rollback.tested_on',
      message: `the rollback was last tested on ${tested}, more than ${rollbackTestDays} days ago`,
    })
  }
  return faults
}

/** `key` is where in the action the evidence stands. */
export type EvidenceFault = { readonly key: string; readonly message: string }

/** @param tested `YYYY-MM-DD`, as `today` is */
export function rollbackTestIsOld(tested: string, today: string): boolean {
  return daysBetween(tested, today) > rollbackTestDays
}

function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(to) - Date.parse(from)) / dayMs)
}
