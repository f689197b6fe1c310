/**
 * What Countersign makes of the answers of a system that undoes things. Seen to fail: with another key on a later try, with
 * a 500 taken for good or a 404 tried again, without an end of the tries, with a call after somebody else has reported,
 * with the whole of a JSON answer for a detail.
 */
import { describe, expect, it } from 'vitest'
import type { HttpCall, HttpReply } from '../../src/delivery/http-call.ts'
import { createRollbackCall } from '../../src/delivery/rollback-call.ts'

const NOW = Date.UTC(2026, 2, 1, 12)
const order = { url: 'https://cloud.example/rollback', key: 'dec_1/rollback', body: { reason: 'Wrong region.' } }

function system(reply: HttpReply, asked: typeof order | null = order) {
  const calls: HttpCall[] = []
  const reports: unknown[] = []
  const undo = createRollbackCall({
    http: {
      call: async (call) => {
        calls.push(call)
        return reply
      },
    },
    clock: () => NOW,
    order: async () => asked,
    report: async (_, report) => reports.push(report),
  })
  return { calls, reports, undo: (tries = 0) => undo('dec_1', tries) }
}

const answered = (status: number, body: string | null = null, retryAfterMs: number | null = null): HttpReply => ({
  kind: 'answered',
  status,
  body,
  retryAfterMs,
})

describe('a rollback by another system', () => {
  it('is asked for under one key, and a 2xx is a rollback with what the answer says', async () => {
    const { calls, reports, undo } = system(answered(200, '{"detail":"Torn down."}'))
    expect(await undo()).toEqual({ kind: 'done' })
    expect(calls).toMatchObject([
      { url: order.url, body: order.body, id: 'dec_1/rollback', headers: { 'idempotency-key': 'dec_1/rollback' } },
    ])
    expect(reports).toEqual([{ state: 'rolled_back', detail: 'Torn down.' }])
  })

  it.each([
    [null, null],
    ['  ', null],
    ['{"ok":true}', null],
    ['[1]', null],
    ['{"detail":7}', null],
    ['"Gone."', 'Gone.'],
    ['Gone.\n', 'Gone.'],
    ['x'.repeat(5_000), 'x'.repeat(2_000)],
  ])('takes from the answer %j what people can read', async (body, detail) => {
    const { reports, undo } = system(answered(204, body))
    await undo()
    expect(reports).toEqual([{ state: 'rolled_back', detail }])
  })

  it.each([
    [answered(409, 'It is locked.'), 'The rollback system answered with 409. It is locked.'],
    [answered(404), 'The rollback system answered with 404.'],
    [answered(302), 'The rollback system answered with a redirect (302), and none is followed.'],
    [
      { kind: 'not_allowed', why: 'be an https address' } as const,
      'The rollback system was not called: its address must be an https address.',
    ],
  ])('has failed for good: %j', async (reply, detail) => {
    const { reports, undo } = system(reply)
    expect(await undo()).toEqual({ kind: 'done' })
    expect(reports).toEqual([{ state: 'failed', detail }])
  })

  it.each([
    [answered(500), 'the rollback system answered with 500', 1_000],
    [answered(429, null, 3_000), 'the rollback system answered with 429', 3_000],
    [{ kind: 'no_answer', error: 'ETIMEDOUT' } as const, 'the rollback system did not answer in time', 1_000],
    [{ kind: 'no_answer', error: 'ECONNRESET' } as const, 'the rollback system gave no answer (ECONNRESET)', 1_000],
  ])('is tried again after what may pass: %j', async (reply, error, delay) => {
    const { reports, undo } = system(reply)
    expect(await undo()).toEqual({ kind: 'again', at: NOW + delay, error })
    expect(reports).toEqual([])
  })

  it('has failed once it was tried often enough, and says so', async () => {
    const { calls, reports, undo } = system(answered(503))
    for (let tries = 0; tries < 5; tries += 1) expect(await undo(tries)).toMatchObject({ kind: 'again' })
    expect(await undo(5)).toEqual({ kind: 'done' })
    expect(new Set(calls.map(({ id }) => id))).toEqual(new Set(['dec_1/rollback']))
    expect(reports).toEqual([{ state: 'failed', detail: 'After 6 tries: the rollback system answered with 503.' }])
  })

  it('is not asked for once it was reported', async () => {
    const { calls, reports, undo } = system(answered(200), null)
    expect(await undo()).toEqual({ kind: 'done' })
    expect([calls, reports]).toEqual([[], []])
  })
})
