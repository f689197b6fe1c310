/**
 * The sweep. Broken builds that these sentences were seen to catch:
 * - one batch only -> "batch by batch". The first failure stopping all, or failures swallowed -> "ends what it can".
 * - the same batch asked for ever -> "does not ask for ever".
 */
import { describe, expect, it } from 'vitest'
import type { Commit } from '../../src/app/commit.ts'
import { sweep } from '../../src/app/sweep.ts'
import { START, viewOf } from '../blocks/views.ts'
import { manifestOf } from '../fixtures/manifest-of.ts'

const manifest = manifestOf('actions:\n  process_refund: { severity: low, reversible: true }')
const { decision } = viewOf()

/** Overdue decisions; those in `broken` can't be read. */
function overdue(count: number, broken: readonly number[] = []) {
  const open = new Set(Array.from({ length: count }, (_, at) => `dec_${String(at).padStart(4, '0')}`))
  const poison = new Set(broken.map((at) => `dec_${String(at).padStart(4, '0')}`))
  const batches: number[] = []
  const commit: Pick<Commit, 'update'> = {
    update: async (id) => {
      open.delete(id)
      return { kind: 'accepted', decision }
    },
  }
  const ports = {
    store: {
      due: async (_: number, limit: number) => {
        if (batches.length > 50) throw new Error('asked for ever')
        const ids = [...open].slice(0, limit)
        batches.push(ids.length)
        return ids
      },
      decision: async (id: string) => {
        if (poison.has(id)) throw new Error(`${id} can not be read`)
        return decision
      },
    },
    commit: { ...commit, submit: () => Promise.reject(new Error('not expected here')) },
    policies: { current: () => manifest, byDigest: async () => manifest },
    clock: () => START,
  }
  return { ports, open, batches }
}

describe('the sweep', () => {
  it('goes on until nothing is overdue, batch by batch', async () => {
    const { ports, open, batches } = overdue(450)
    expect(await sweep(ports)).toBe(450)
    expect(open.size).toBe(0)
    expect(batches).toEqual([200, 200, 50, 0])
  })

  it('ends what it can when some can not be ended, and then says so', async () => {
    const { ports, open } = overdue(450, [0, 250])
    await expect(sweep(ports)).rejects.toThrow('2 overdue decisions could not be ended')
    expect([...open]).toEqual(['dec_0000', 'dec_0250'])
  })

  it('reaches those behind a whole batch in which nothing can be ended', async () => {
    const { ports, open } = overdue(
      300,
      Array.from({ length: 200 }, (_, at) => at),
    )
    await expect(sweep(ports)).rejects.toThrow('200 overdue decisions')
    expect(open.size).toBe(200)
  })

  it('does nothing where nothing is overdue', async () => {
    expect(await sweep(overdue(0).ports)).toBe(0)
  })
})
