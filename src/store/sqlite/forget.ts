/**
 * How many rows come before old ones go, twice as many: a table shrinks again without any write having to wait for a
 * long clean-up, and few have to wait for one at all.
 */
export const FORGET_EVERY = 64

/** True at the first call and at each `count`-th after it. */
export function every(count: number): () => boolean {
  let calls = 0
  return () => calls++ % count === 0
}
