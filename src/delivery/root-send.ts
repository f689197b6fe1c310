import type { Clock, Store } from '../app/ports.ts'
import { toIso } from '../domain/time.ts'
import type { HttpPort } from './http-call.ts'
import type { Fate } from './runner.ts'
import { fateBy, messageId, TIMEOUT_MS } from './webhook.ts'

type World = {
  readonly store: Pick<Store, 'roots'>
  readonly http: Pick<HttpPort, 'call'>
  readonly clock: Clock
  /** `AUDIT_ROOT_URL`; null: roots are not sent any more. */
  readonly url: string | null
}

/**
 * Sends a signed root of the audit log to the system that keeps them: `{type: "audit.root", timestamp, data: {n, hash, root}}`,
 * at least once, tried again as webhooks are.
 * @returns a function for one try. @param n its number. @param tries how often it has failed before
 */
export function createRootSend({ store, http, clock, url }: World) {
  return async (n: number, tries: number): Promise<Fate> => {
    const [found] = await store.roots(n - 1, 1)
    if (url === null || found === undefined) return { kind: 'done' }
    const { at, hash, root } = found
    const body = { type: 'audit.root', timestamp: toIso(at), data: { n, hash, root } }
    // Not by its number: after a backup was restored another root may have it.
    const id = messageId(`root.send ${hash}`)
    const reply = await http.call({ url, body, id, headers: {}, timeoutMs: TIMEOUT_MS })
    return fateBy(reply, tries, clock())
  }
}
