import type { Clock } from '../app/ports.ts'
import type { Asked } from '../domain/answer-link.ts'
import type { HttpPort } from './http-call.ts'
import type { Fate } from './runner.ts'
import { fateBy, messageId, TIMEOUT_MS } from './webhook.ts'

type World = {
  readonly http: Pick<HttpPort, 'call'>
  readonly clock: Clock
  /** null: the question is closed, and nobody has to be asked any more. */
  readonly order: (asked: Asked) => Promise<{ readonly url: string; readonly body: object } | null>
  /** Where this one question can be answered. */
  readonly answerUrl: (asked: Asked) => string
}

/**
 * Asks the system behind an action's `clarify.url` what a person wants to know, with a link by which it can answer: at
 * least once, tried again as webhooks are while the question is open.
 * @returns a function for one try. @param key names the call. @param tries how often it has failed before
 */
export function createClarifyCall({ http, clock, order, answerUrl }: World) {
  return async ({ decision, clarification }: Asked, key: string, tries: number): Promise<Fate> => {
    const asked = { decision, clarification }
    const ordered = await order(asked)
    if (ordered === null) return { kind: 'done' }
    const body = { ...ordered.body, answer_url: answerUrl(asked) }
    const reply = await http.call({ url: ordered.url, body, id: messageId(key), headers: {}, timeoutMs: TIMEOUT_MS })
    return fateBy(reply, tries, clock())
  }
}
