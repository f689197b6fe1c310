import type { FastifyInstance } from 'fastify'
import type { Store } from '../app/ports.ts'
import { type Answer, json, send } from './answer.ts'
import type { HttpMetrics } from './http-metrics.ts'

/** Why this process should get no requests now, in words for its operator. */
export type ReadinessProblem = { readonly check: string; readonly message: string }

export type OpsPorts = {
  readonly store: Pick<Store, 'probe'>
  /** What else speaks against readiness; empty: nothing. */
  readonly ready: () => Promise<readonly ReadinessProblem[]>
  readonly metrics: HttpMetrics
  readonly version: string
  /** Asked once. */
  readonly openapi: () => unknown
  /** The public keys of grants. */
  readonly jwks: unknown
}

/** How long others may keep the public keys: for that long a new key is unknown to who does not ask again for it. */
const KEEP_KEYS = { 'cache-control': 'public, max-age=300' }

/** What needs no API key: health, readiness, metrics, the API's description, and the public keys of grants. */
export function addOps(server: FastifyInstance, ports: OpsPorts): void {
  const probe = shared(() => problemsOf(ports))

  server.get('/healthz', (_request, reply) => send(reply, json(200, { status: 'ok', version: ports.version })))

  server.get('/readyz', async (_request, reply) => {
    const problems = await probe()
    return send(reply, json(problems.length === 0 ? 200 : 503, { ready: problems.length === 0, problems }))
  })

  server.get('/metrics', async (_request, reply) => {
    const { text, type } = await ports.metrics.render()
    return send(reply, { kind: 'text', type, body: text })
  })

  // Not at the start: it is a third of all the work that a start has, and few ask for it.
  let openapi: Answer | null = null
  server.get('/v1/openapi.json', (_request, reply) => {
    openapi ??= json(200, ports.openapi())
    return send(reply, openapi)
  })

  server.get('/.well-known/jwks.json', (_request, reply) => send(reply, json(200, ports.jwks, KEEP_KEYS)))
}

async function problemsOf({ store, ready }: OpsPorts): Promise<readonly ReadinessProblem[]> {
  const [stored, others] = await Promise.allSettled([store.probe(), ready()])
  const problems: ReadinessProblem[] = []
  if (stored.status === 'rejected')
    problems.push({ check: 'store', message: 'The database does not take writes. Look at the log for the reason.' })
  if (others.status === 'fulfilled') problems.push(...others.value)
  else problems.push({ check: 'readiness', message: 'Readiness could not be checked. Look at the log for the reason.' })
  return problems
}

/** Callers at the same time share one run: anybody may ask, and each run writes to the disk. */
function shared<T>(run: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | null = null
  return () => {
    running ??= run().finally(() => {
      running = null
    })
    return running
  }
}
