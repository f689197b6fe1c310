import type { Decision } from '../domain/decision.ts'
import { freezeOf } from '../domain/freeze.ts'
import { type Rejection, reject, spokenInstant } from '../domain/rejection.ts'
import type { Instant } from '../domain/time.ts'
import type { Clock, Store } from './ports.ts'

type RestorePorts = {
  readonly store: Pick<Store, 'backupMadeAt' | 'changeFreezes' | 'addIntents' | 'recordRestore'>
  readonly clock: Clock
}

const OPERATOR = { kind: 'operator' } as const
const ALL = { kind: 'all' } as const

/**
 * For the start of a service, before anybody can ask it anything: finds out whether its database is a backup that was put in
 * place. Then nobody knows what happened since the backup was made, so that all is frozen until an administrator lifts it,
 * the operations channel is told, and nothing that was approved until now gets a grant or may use one, for good.
 * What a crash interrupts the next start does.
 * @returns when that backup was made; null: it is none
 */
export async function noteRestore({ store, clock }: RestorePorts): Promise<Instant | null> {
  const madeAt = await store.backupMadeAt()
  if (madeAt === null) return null
  const now = clock()
  const reason = `The database was restored from the backup of ${spokenInstant(madeAt)}. What was approved before the restore has no grant any more: propose it again.`
  const notice = { about: 'freeze_set', subject: ALL, by: OPERATOR, at: now, reason } as const
  await store.changeFreezes(now, (inForce) =>
    freezeOf(inForce, ALL) === null
      ? {
          event: { type: 'freeze.set', at: now, actor: OPERATOR, payload: { subject: ALL }, sealed: { reason } },
          intents: [],
        }
      : null,
  )
  await store.addIntents([{ kind: 'notice.post', key: `restored ${now}`, notice }], now)
  await store.recordRestore({
    type: 'database.restored',
    at: now,
    actor: OPERATOR,
    payload: { backupMadeAt: madeAt },
    sealed: null,
  })
  return madeAt
}

/** Was it approved before the database was restored? Then it may have run already, and nobody here knows. */
export async function isFromBefore(store: Pick<Store, 'restoredAt'>, decision: Decision): Promise<boolean> {
  const restoredAt = await store.restoredAt()
  return restoredAt !== null && 'decidedAt' in decision && decision.decidedAt <= restoredAt
}

/** Why a grant of something from before the restore is not taken. */
export function fromBefore(): Rejection {
  return reject(
    'expired',
    'This was approved before the database was restored from a backup, and may have been used since that was made. Do not run it; the agent can propose it again.',
  )
}
