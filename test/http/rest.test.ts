/**
 * How long a refused connection is left unread. Seen to fail with the pace left out, with connections never read again, and
 * with each refusal taking a turn of its own, and with one turn for all refusals of a connection. The third, with all
 * works done in one turn, with the first done at once, and with a turn that ends for good while works wait.
 */
import { Socket } from 'node:net'
import { expect, it, onTestFinished, vi } from 'vitest'
import { aFewEachTurn, createRest } from '../../src/http/rest.ts'

it('reads connections again after a quarter of a second, and at most two thousand a second', () => {
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const rest = createRest(() => 0)
  const sockets = Array.from({ length: 2_001 }, () => new Socket())
  for (const socket of sockets) rest(socket)
  const resting = () => sockets.filter((socket) => socket.isPaused()).length
  expect(resting()).toBe(2_001)
  vi.advanceTimersByTime(249)
  expect(resting()).toBe(2_001)
  vi.advanceTimersByTime(501)
  expect(resting()).toBeGreaterThan(990)
  expect(resting()).toBeLessThan(1_010)
  vi.advanceTimersByTime(500)
  expect(resting()).toBe(0)
})

it('lets a connection rest for each of its requests that were refused at a time, and keeps no other waiting', () => {
  vi.useFakeTimers({ toFake: ['setTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const rest = createRest(() => 0)
  const [greedy, decent] = [new Socket(), new Socket()]
  for (let n = 0; n < 2_000; n += 1) rest(greedy)
  rest(decent)
  vi.advanceTimersByTime(252)
  expect(decent.isPaused()).toBe(false)
  vi.advanceTimersByTime(900)
  expect(greedy.isPaused()).toBe(true)
  vi.advanceTimersByTime(100)
  expect(greedy.isPaused()).toBe(false)
})

it('does a few works in each turn, none at once, and in their order', () => {
  const turns: (() => void)[] = []
  const turn = () => {
    for (const run of turns.splice(0)) run()
  }
  const done: number[] = []
  const soon = aFewEachTurn(2, (run) => turns.push(run))
  for (let n = 1; n <= 3; n += 1) soon(() => done.push(n))
  expect(done).toEqual([])
  turn()
  expect(done).toEqual([1, 2])
  soon(() => done.push(4))
  soon(() => done.push(5))
  turn()
  expect(done).toEqual([1, 2, 3, 4])
  turn()
  turn()
  expect(done).toEqual([1, 2, 3, 4, 5])
  soon(() => done.push(6))
  turn()
  expect(done).toEqual([1, 2, 3, 4, 5, 6])
})
