import type { Database } from 'better-sqlite3'
import type { ReadAsks } from '../../app/ports.ts'
import { ASKS_COUNTED, DENIAL_STANDS, exactAsk } from '../../domain/ask.ts'
import type { Decision } from '../../domain/decision.ts'
import { firstIdSince } from '../../domain/ids.ts'
import type { Instant } from '../../domain/time.ts'
import type { Step } from './step.ts'

const ASKED = `INSERT INTO asks (decision_id, identity) VALUES (?, ?)`
const DENIED = `
  INSERT INTO asks (decision_id, denied, denied_at) VALUES (?, ?, ?)
  ON CONFLICT (decision_id) DO UPDATE SET denied = excluded.denied, denied_at = excluded.denied_at`
const STANDING = `
  SELECT decision_id FROM asks WHERE denied = ? AND denied_at > ? ORDER BY denied_at DESC, decision_id DESC LIMIT 1`

/** The table `asks`. @param load a decision that has a row in it */
export function askRows(db: Database, load: (id: string) => Decision) {
  const standing = db.prepare<[string, Instant], string>(STANDING).pluck()
  const counted = db.prepare<[string, string], { times: number; denied: number }>(`
    SELECT count(*) AS times, count(denied_at) AS denied FROM asks WHERE identity = ? AND decision_id >= ?`)
  const last = db
    .prepare<[string, string], string>(`
    SELECT decision_id FROM asks WHERE identity = ? AND denied_at IS NOT NULL AND decision_id >= ?
    ORDER BY denied_at DESC, decision_id DESC LIMIT 1`)
    .pluck()

  const denialOf = (id: string | undefined) => {
    const decision = id === undefined ? null : load(id)
    if (decision?.status !== 'denied') return null
    const { decidedAt: at, by, reason } = decision
    return { decision: decision.id, by, at, reason }
  }

  return {
    /** Earlier asks as they stand now; what is being committed is not among them. */
    reading: (now: Instant): ReadAsks => ({
      denialOf: ({ exact }) => denialOf(standing.get(exact, now - DENIAL_STANDS)),
      before: ({ identity }) => {
        const since = firstIdSince('dec', now - ASKS_COUNTED)
        const denial = denialOf(last.get(identity, since))
        if (denial === null) return null
        const { times = 0, denied = 0 } = counted.get(identity, since) ?? {}
        const { reason: _, ...lastDenial } = denial
        return { times: times + 1, denied, lastDenial }
      },
    }),
  }
}

/** Finds a row while a denial of exactly this stands. */
export function denialStands(exact: string, now: Instant): Step {
  return [STANDING, exact, now - DENIAL_STANDS]
}

export function askStep(decision: string, identity: string): Step {
  return [ASKED, decision, identity]
}

/** What a change of the decision makes of that: something only where a person denies it. */
export function denialSteps({ id, agent, proposal, parameters, ...decision }: Decision): readonly Step[] {
  if (decision.status !== 'denied') return []
  return [[DENIED, id, exactAsk(agent, proposal.action, parameters), decision.decidedAt]]
}
