/** Chance that can be had again from its seed. */
export type Chance = {
  /** From 0 up to, but not including, 1. */
  readonly share: () => number
  /** @param share 0 to 1 */
  readonly happens: (share: number) => boolean
  /** A whole number from `from` to `to`, both included. */
  readonly between: (from: number, to: number) => number
  /** @throws where there is nothing to pick from */
  readonly pick: <Item>(items: readonly Item[]) => Item
  /** A positive number: half of them are below `median`, two thirds within a factor of e^spread of it. */
  readonly around: (median: number, spread: number) => number
  readonly bytes: (count: number) => Uint8Array
}

/** Mulberry32 (Tommy Ettinger, public domain): for making things up, not for secrets. */
export function chance(seed: number): Chance {
  let state = seed >>> 0
  const share = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
  const between = (from: number, to: number) => from + Math.floor(share() * (to - from + 1))
  return {
    share,
    happens: (limit) => share() < limit,
    between,
    pick: (items) => {
      const item = items[between(0, items.length - 1)]
      if (item === undefined) throw new Error('nothing to pick from')
      return item
    },
    // Box and Muller's transform gives the normal distribution.
    around: (median, spread) =>
      median * Math.exp(spread * Math.sqrt(-2 * Math.log(1 - share())) * Math.cos(2 * Math.PI * share())),
    bytes: (count) => Uint8Array.from({ length: count }, () => between(0, 255)),
  }
}
