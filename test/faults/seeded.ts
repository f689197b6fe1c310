/** Chance that can be had again from its seed. */
export type Seeded = {
  /** A whole number from 0 to `end - 1`. */
  readonly below: (end: number) => number
  /** @param share 0 to 1 */
  readonly happens: (share: number) => boolean
  /** null: there is nothing to pick from. */
  readonly pick: <Item>(items: readonly Item[]) => Item | null
}

/** Mulberry32 (Tommy Ettinger, public domain): 32 bits of state are plenty for choosing what to do next. */
export function seeded(seed: number): Seeded {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (end: number) => Math.floor(next() * end)
  return {
    below,
    happens: (share) => next() < share,
    pick: (items) => items[below(items.length)] ?? null,
  }
}
