import { same } from './difference.ts'

/** Two lists side by side: what is in both, what is new and what is gone, each with its index in its own list. */
export type Pairing<Item> = {
  readonly pairs: readonly { readonly index: number; readonly old: Item; readonly now: Item }[]
  readonly came: readonly Placed<Item>[]
  readonly gone: readonly Placed<Item>[]
}

type Placed<Item> = { readonly index: number; readonly item: Item }

/**
 * Pairs the items of two lists, wherever they stand in them: those that are equal first, then those that are alike in
 * each of the given ways, one way after the other. One more item in the middle of a list is then one more item.
 */
export function paired<Item>(
  before: readonly Item[],
  after: readonly Item[],
  alike: readonly ((item: Item) => unknown)[],
): Pairing<Item> {
  const pairs: Pairing<Item>['pairs'][number][] = []
  let gone: readonly Placed<Item>[] = before.map((item, index) => ({ index, item }))
  let came: readonly Placed<Item>[] = after.map((item, index) => ({ index, item }))
  for (const keyOf of [(item: Item): unknown => item, ...alike]) {
    const open: Placed<Item>[] = []
    for (const { index, item } of came) {
      const match = gone.find((other) => same(keyOf(other.item), keyOf(item)))
      if (match === undefined) open.push({ index, item })
      else pairs.push({ index, old: match.item, now: item })
      gone = gone.filter((other) => other !== match)
    }
    came = open
  }
  return { pairs: pairs.toSorted((a, b) => a.index - b.index), came, gone }
}
