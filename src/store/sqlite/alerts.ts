import type { Database } from 'better-sqlite3'
import type { AlertCount, AlertWindow } from '../../domain/alert-window.ts'
import type { Decision } from '../../domain/decision.ts'
import { type Intent, intentKey } from '../../domain/intent.ts'
import { HOUR, type Instant } from '../../domain/time.ts'
import type { Step } from './step.ts'

/** Far longer than recording a decision takes: what is counted later still would be told in another message. */
const KEPT_MS = HOUR

const COUNT = `
  INSERT INTO alerts (until, window, action, agent, count, decision_id) VALUES (?, ?, ?, ?, 1, ?)
  ON CONFLICT (until, window, action, agent) DO UPDATE SET count = count + 1`
const IS_OLD = `until <= ? AND NOT EXISTS (SELECT 1 FROM outbox WHERE key = window)`
const FORGET_POSTS = `DELETE FROM posts WHERE subject IN (SELECT window FROM alerts WHERE ${IS_OLD})`
const FORGET = `DELETE FROM alerts WHERE ${IS_OLD}`

/** The table `alerts`. */
export function alertRows(db: Database) {
  const of = db.prepare<[Instant, string], AlertCount>(`
    SELECT action, agent, count, decision_id AS decision FROM alerts
    WHERE until = ? AND window = ? ORDER BY action, agent`)

  return {
    of: (window: AlertWindow): readonly AlertCount[] =>
      of.all(window.until, intentKey({ kind: 'alerts.post', window })),
  }
}

/** What counts a new decision in the windows of its intents. */
export function alertSteps(intents: readonly Intent[], { id, agent, proposal }: Decision): readonly Step[] {
  return intents.flatMap((intent): readonly Step[] =>
    intent.kind === 'alerts.post' ? [[COUNT, intent.window.until, intentKey(intent), proposal.action, agent, id]] : [],
  )
}

/** What forgets windows that were told long ago, and their messages; one that could not be told is still in the outbox. */
export function forgetSteps(now: Instant): readonly Step[] {
  return [
    [FORGET_POSTS, now - KEPT_MS],
    [FORGET, now - KEPT_MS],
  ]
}
