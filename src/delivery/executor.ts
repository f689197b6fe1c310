import type { Clock } from '../app/ports.ts'
import { type Instant, SECOND } from '../domain/time.ts'
import type { HttpPort, HttpReply } from './http-call.ts'
import type { Fate } from './runner.ts'

/** What the executor of an action is to be asked, for one approved step of a workflow. */
export type Order = {
  readonly url: string
  readonly timeoutMs: number
  /** Whether asking twice under one key does it once. */
  readonly idempotent: boolean
  /** Names the execution, the same on each try. */
  readonly key: string
  readonly body: unknown
  /** It was sent before, and nobody heard the answer. */
  readonly begun: boolean
}

export type ExecutionReport = {
  readonly state: 'started' | 'succeeded' | 'failed' | 'unknown'
  readonly result: unknown
  readonly error: string | null
}

type World = {
  readonly http: Pick<HttpPort, 'call'>
  readonly clock: Clock
  /** null: there is nothing to execute, not any more, or not now. */
  readonly order: (decision: string) => Promise<Order | null>
  readonly report: (decision: string, report: ExecutionReport) => Promise<unknown>
}

/** When an execution is tried again under its key after a fault that may pass. After the last: nobody knows. */
export const RETRY_PLAN: readonly number[] = [1, 5, 15, 30, 60].map((seconds) => seconds * SECOND)

/**
 * Asks an action's executor to execute one approved decision, and reports what became of it. 2xx: done; 4xx and redirects:
 * failed; no answer, 5xx and 429: again by the plan, and then nobody knows. Of an executor that is not idempotent nobody
 * knows after the first call without an answer: nothing is ever repeated.
 * @returns a function for one try. @param tries how often it has failed before
 */
export function createExecutor({ http, clock, order, report }: World) {
  return async (decision: string, tries: number): Promise<Fate> => {
    const asked = await order(decision)
    if (asked === null) return DONE
    const { url, timeoutMs, key, body, idempotent, begun } = asked
    if (begun && !idempotent)
      return settled(decision, unknown('Countersign was stopped while it waited for the answer'))
    if (!begun) await report(decision, { state: 'started', result: null, error: null })
    const reply = await http.call({ url, body, id: key, headers: { 'idempotency-key': key }, timeoutMs })
    const final = finalReport(reply)
    if (final !== null) return settled(decision, final)
    const error = inWords(reply, 'the executor')
    const delay = idempotent ? RETRY_PLAN[tries] : undefined
    if (delay === undefined) return settled(decision, unknown(error))
    return { kind: 'again', at: nextTry(clock(), delay, reply), error }
  }

  async function settled(decision: string, final: ExecutionReport): Promise<Fate> {
    await report(decision, final)
    return DONE
  }
}

const DONE: Fate = { kind: 'done' }

function unknown(error: string): ExecutionReport {
  return { state: 'unknown', result: null, error }
}

/** What an answer says for good; null: it may pass. */
function finalReport(reply: HttpReply): ExecutionReport | null {
  if (reply.kind === 'not_allowed')
    return { state: 'failed', result: null, error: `The executor was not called: its address must ${reply.why}.` }
  if (reply.kind === 'no_answer' || reply.status >= 500 || reply.status === 429) return null
  const result = parsed(reply.body)
  if (reply.status >= 200 && reply.status < 300) return { state: 'succeeded', result, error: null }
  return { state: 'failed', result, error: inWords(reply, 'the executor') }
}

/** What was wrong with an answer, as the end of a sentence. @param who whose it was */
export function inWords(reply: HttpReply, who: string): string {
  switch (reply.kind) {
    case 'not_allowed':
      return `${who} may not be called`
    case 'no_answer':
      return reply.error === 'ETIMEDOUT' ? `${who} did not answer in time` : `${who} gave no answer (${reply.error})`
    case 'answered':
      return reply.status >= 300 && reply.status < 400
        ? `${who} answered with a redirect (${reply.status}), and none is followed`
        : `${who} answered with ${reply.status}`
  }
}

/** When to try again, after the time that the receiver asked for, within reason. @param delay by the plan, ms */
export function nextTry(now: Instant, delay: number, reply: HttpReply): Instant {
  const wished = reply.kind === 'answered' ? (reply.retryAfterMs ?? 0) : 0
  // A receiver that wants a day of rest would keep a workflow waiting unseen.
  return now + Math.max(delay, Math.min(wished, 10 * delay))
}

/** Any JSON; what is none, or is nested too deep to be written down again, is kept as text. */
function parsed(body: string | null): unknown {
  if (body === null || body.trim() === '') return null
  try {
    const value: unknown = JSON.parse(body)
    return isDeeperThan(MOST_DEPTH, value) ? body : value
  } catch {
    return body
  }
}

/** As deep as what agents send may be. */
const MOST_DEPTH = 32

function isDeeperThan(levels: number, root: unknown): boolean {
  let level = containersOf([root])
  for (let depth = 0; depth < levels; depth += 1) level = level.flatMap((value) => containersOf(Object.values(value)))
  return level.length > 0
}

function containersOf(values: readonly unknown[]): readonly object[] {
  return values.filter((value) => typeof value === 'object' && value !== null)
}
