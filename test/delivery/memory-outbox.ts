import type { OutboxRow, Post } from '../../src/app/ports.ts'
import type { Delivery } from '../../src/delivery/worker.ts'
import { type Intent, intentKey } from '../../src/domain/intent.ts'

type Row = { intent: Intent; generation: number; attempts: number; dueAt: number | null; error: string | null }

/** The outbox and the posts as the store keeps them, in memory; it outlives the workers of a test, as a disk does. */
export function createMemoryOutbox() {
  const rows = new Map<string, Row>()
  const postsBySubject = new Map<string, Map<string, Post>>()
  const done = new Set<string>()

  async function addIntents(intents: readonly Intent[], now: number): Promise<void> {
    for (const intent of intents) {
      const key = intentKey(intent)
      if (intent.kind === 'notice.post' && (rows.has(key) || done.has(key))) continue
      const generation = (rows.get(key)?.generation ?? 0) + 1
      rows.set(key, { intent, generation, attempts: 0, dueAt: now, error: null })
    }
  }

  const store: Delivery['store'] = {
    addIntents,
    dueIntents: async (now, limit) => {
      const due: OutboxRow[] = []
      for (const [key, { intent, generation, attempts, dueAt }] of rows) {
        if (dueAt !== null && dueAt <= now && due.length < limit) due.push({ key, intent, generation, attempts })
      }
      return due
    },
    nextIntentAt: async () => {
      const times = [...rows.values()].flatMap(({ dueAt }) => (dueAt === null ? [] : [dueAt]))
      return times.length === 0 ? null : Math.min(...times)
    },
    intentDone: async (row) => {
      if (rows.get(row.key)?.generation !== row.generation) return
      rows.delete(row.key)
      done.add(row.key)
    },
    intentFailed: async (row, retryAt, error) => {
      const kept = rows.get(row.key)
      if (kept === undefined || kept.generation !== row.generation) return
      kept.attempts += 1
      kept.dueAt = retryAt
      kept.error = error
    },
    posts: async (subject) => [...(postsBySubject.get(subject)?.values() ?? [])],
    savePost: async (post) => {
      const posts = postsBySubject.get(post.subject) ?? new Map<string, Post>()
      postsBySubject.set(post.subject, posts.set(post.slot, post))
    },
  }
  return {
    store,
    rows,
    postOf: (subject: string, slot: string) => postsBySubject.get(subject)?.get(slot) ?? null,
    dead: () => [...rows].filter(([, row]) => row.dueAt === null).map(([key]) => key),
  }
}
