import type { Socket } from 'node:net'

/** ms. Who asks again at once after a refusal is not read before; a click over the same connection, a proxy's, waits, too. */
const LEAST = 250
/** At 70 µs a refusal this leaves six sevenths of the time to everything else, however many connections ask. */
const PER_SECOND = 2_000

/**
 * Lets connections rest after a refusal, so that refusing cannot become all that the process does: they are read again at
 * a fixed pace, one after the other. One that had many requests refused at a time rests for each of them, and keeps no
 * other waiting.
 * @param now ms, never set back
 */
export function createRest(now: () => number): (socket: Socket) => void {
  /** How much longer each is to rest, in ms. */
  const resting = new Map<Socket, number>()
  let last = 0

  const restFor = (socket: Socket, ms: number): void => {
    resting.set(socket, 0)
    setTimeout(() => {
      const more = resting.get(socket) ?? 0
      if (more > 0 && !socket.destroyed) return restFor(socket, more)
      resting.delete(socket)
      socket.resume()
    }, ms).unref()
  }

  return (socket) => {
    if (socket.destroyed) return
    socket.pause()
    const more = resting.get(socket)
    // As long as it takes to read all that rest once.
    if (more !== undefined) return void resting.set(socket, more + (resting.size * 1_000) / PER_SECOND)
    const at = now()
    last = Math.max(at + LEAST, last + 1_000 / PER_SECOND)
    restFor(socket, last - at)
  }
}

/**
 * Does a few works in each turn of the event loop, in the order in which they come, and none of them at once.
 * @param nextTurn calls once what was read in this turn is dealt with: `setImmediate`
 */
export function aFewEachTurn(few: number, nextTurn: (run: () => void) => void): (work: () => void) => void {
  const waiting: (() => void)[] = []
  const turn = (): void => {
    const now = waiting.splice(0, few)
    if (waiting.length > 0) nextTurn(turn)
    for (const work of now) work()
  }
  return (work) => {
    if (waiting.push(work) === 1) nextTurn(turn)
  }
}
