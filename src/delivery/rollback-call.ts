import type { Clock } from '../app/ports.ts'
import type { RollbackResult } from '../domain/decision.ts'
import { SECOND } from '../domain/time.ts'
import { inWords, nextTry, RETRY_PLAN } from './executor.ts'
import type { HttpPort, HttpReply } from './http-call.ts'
import type { Fate } from './runner.ts'

/** What the system behind an action's `rollback.url` is to be asked. */
type Order = {
  readonly url: string
  /** Names the rollback, the same on each try. */
  readonly key: string
  readonly body: unknown
}

/** What came of it; `detail` is for people. */
type RollbackReport = { readonly state: RollbackResult; readonly detail: string | null }

type World = {
  readonly http: Pick<HttpPort, 'call'>
  readonly clock: Clock
  /** null: there is nothing to undo, or not any more. */
  readonly order: (decision: string) => Promise<Order | null>
  readonly report: (decision: string, report: RollbackReport) => Promise<unknown>
}

const TIMEOUT = 30 * SECOND
/** In UTF-16 units. A whole page of an error is of no use on a card. */
const MOST_DETAIL = 2_000

/**
 * Asks the system behind an action's `rollback.url` to undo one act, and reports what came of it. 2xx: rolled back; 4xx and
 * redirects: failed; no answer, 5xx and 429: again under the same key by the plan, and then failed.
 * @returns a function for one try. @param tries how often it has failed before
 */
export function createRollbackCall({ http, clock, order, report }: World) {
  return async (decision: string, tries: number): Promise<Fate> => {
    const asked = await order(decision)
    if (asked === null) return { kind: 'done' }
    const { url, key, body } = asked
    const reply = await http.call({ url, body, id: key, headers: { 'idempotency-key': key }, timeoutMs: TIMEOUT })
    const delay = mayPass(reply) ? RETRY_PLAN[tries] : undefined
    if (delay !== undefined)
      return { kind: 'again', at: nextTry(clock(), delay, reply), error: inWords(reply, 'the rollback system') }
    await report(decision, reportOf(reply))
    return { kind: 'done' }
  }
}

function mayPass(reply: HttpReply): boolean {
  return reply.kind === 'no_answer' || (reply.kind === 'answered' && (reply.status >= 500 || reply.status === 429))
}

function reportOf(reply: HttpReply): RollbackReport {
  if (reply.kind === 'not_allowed')
    return { state: 'failed', detail: `The rollback system was not called: its address must ${reply.why}.` }
  const detail = reply.kind === 'answered' ? detailIn(reply.body) : null
  if (reply.kind === 'answered' && reply.status >= 200 && reply.status < 300) return { state: 'rolled_back', detail }
  const tried = mayPass(reply) ? `After ${RETRY_PLAN.length + 1} tries: ` : ''
  const why = `${tried}${inWords(reply, 'the rollback system')}.`
  return { state: 'failed', detail: detail === null ? capital(why) : `${capital(why)} ${detail}` }
}

/** `detail` of a JSON object, a JSON text, or the answer itself where it is no JSON; null: it says nothing to people. */
function detailIn(body: string | null): string | null {
  if (body === null) return null
  const said = textIn(body).trim()
  return said === '' ? null : said.slice(0, MOST_DETAIL)
}

function textIn(body: string): string {
  try {
    const value: unknown = JSON.parse(body)
    const said = typeof value === 'object' && value !== null && 'detail' in value ? value.detail : value
    return typeof said === 'string' ? said : ''
  } catch {
    return body
  }
}

function capital(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1)
}
