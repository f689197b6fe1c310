import type { DecisionEvent, SettledAs } from './event.ts'
import type { Instant } from './time.ts'

/** An execution that was begun and of which nobody knows, as the history of its decision tells. A version counts events. */
export type UnknownExecution = {
  /** Of the event by which it became so. */
  readonly version: number
  readonly at: Instant
  /** What was heard instead of an answer; null: nothing. */
  readonly error: string | null
  /** When it was begun; null: not recorded. */
  readonly startedAt: Instant | null
  /** null: nobody has said yet what became of it. */
  readonly settled: {
    readonly version: number
    readonly by: string
    readonly at: Instant
    readonly verdict: SettledAs
  } | null
}

/** Each of them, in order: one that was tried again may have become so once more. */
export function unknownExecutions(history: readonly DecisionEvent[]): readonly UnknownExecution[] {
  return history.flatMap((event, index) => {
    if (event.type !== 'execution.reported' || event.payload.state !== 'unknown') return []
    const started = history.slice(0, index).findLast((each) => isReport(each, 'started'))
    return [
      {
        version: index + 1,
        at: event.at,
        error: event.sealed?.error ?? null,
        startedAt: started?.at ?? null,
        settled: settledAfter(history, index),
      },
    ]
  })
}

function settledAfter(history: readonly DecisionEvent[], index: number): UnknownExecution['settled'] {
  const at = history.findIndex((event, place) => place > index && event.type === 'execution.settled')
  const event = history[at]
  if (event?.type !== 'execution.settled') return null
  const by = event.actor.kind === 'person' ? event.actor.user : ''
  return { version: at + 1, by, at: event.at, verdict: event.payload.verdict }
}

function isReport(event: DecisionEvent, state: 'started'): boolean {
  return event.type === 'execution.reported' && event.payload.state === state
}
