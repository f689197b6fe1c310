import type { Logger } from 'pino'
import { type Answer, refuse } from './answer.ts'

/** What the application gave, or the refusal of a request that it could not serve. */
export type Attempt<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Answer }

/** A write: where it rejects, nothing was recorded. */
export async function attemptWrite<T>(log: Logger, call: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { ok: true, value: await call() }
  } catch (error) {
    log.error({ err: error }, 'A write has failed; nothing was recorded')
    const detail =
      'Countersign could not write this to disk. Nothing was recorded; send the same request again with the same Idempotency-Key.'
    return { ok: false, refusal: refuse('not_recorded', detail, [], { 'retry-after': '1' }) }
  }
}

export async function attemptRead<T>(log: Logger, call: () => Promise<T>): Promise<Attempt<T>> {
  try {
    return { ok: true, value: await call() }
  } catch (error) {
    log.error({ err: error }, 'A read has failed')
    const detail = 'Countersign could not read its database just now. Please try again.'
    return { ok: false, refusal: refuse('unavailable', detail, [], { 'retry-after': '1' }) }
  }
}
