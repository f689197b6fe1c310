import type { Socket } from 'node:net'

/** ms. Who asks again at once after a refusal is not read before; a click over the same connection, a proxy's, waits, too. */
const LEAST = 250
/** At 70 µs a refusal this leaves six sevenths of the time to everything else, however many connections ask. */
const PER_SECOND = 2_000

/**
 * Lets connections rest after a refusal, so that refusing cannot become all that the process does: they are read again at
 * a fixed pace, one after the other.
 * @param now ms, never set back
 */
export function createRest(now: () => number): (socket: Socket) => void {
  let last = 0
  return (socket) => {
    if (socket.destroyed) return
    const at = now()
    last = Math.max(at + LEAST, last + 1_000 / PER_SECOND)
    socket.pause()
    setTimeout(() => socket.resume(), last - at).unref()
  }
}
