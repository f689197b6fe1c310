/** How long a refused connection is left unread. Seen to fail with the pace left out, and with connections never read again. */
import { Socket } from 'node:net'
import { expect, it, onTestFinished, vi } from 'vitest'
import { createRest } from '../../src/http/rest.ts'

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
