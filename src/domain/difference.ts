import { canonicalJson } from './digest.ts'

/** Whether people are asked more or less often than before; `null`: neither, or it depends. */
export type Effect = 'stricter' | 'looser' | null

/** One difference inside one entry of the manifest. */
export type Difference = {
  /** Where in the entry: `conditions.auto_approve_below_usd`; empty for the entry as a whole. */
  readonly key: string
  /** A sentence without its full stop. */
  readonly message: string
  readonly effect: Effect
  /** Canonical JSON of the two values: an action that inherits a default has the same step as the default. */
  readonly step: string
}

/**
 * Says what changed from one value to another; the two are known to differ, and there is at least one difference.
 * @param subject what the value belongs to, in a sentence: "`process_refund`", "an action"
 */
export type Tell<Value> = (before: Value, after: Value, subject: string) => readonly Difference[]

/** One teller for each key of a group: a key that is added to the manifest and not told does not compile. */
export type Tellers<Group> = { readonly [Key in keyof Group]-?: Tell<Group[Key]> }

/** Tells each key of a group that differs, in the group's own order. */
export function group<Group extends object>(tellers: Tellers<Group>): Tell<Group> {
  return (before, after, subject) => {
    const told: Difference[] = []
    for (const key in before) {
      if (same(before[key], after[key])) continue
      const differences = tellers[key](before[key], after[key], subject)
      told.push(...differences.map((each) => ({ ...each, key: each.key === '' ? key : `${key}.${each.key}` })))
    }
    return told
  }
}

/** Tells a value in one sentence. */
export function value<Value>(
  sentence: (before: Value, after: Value, subject: string) => string,
  effect: (before: Value, after: Value) => Effect = () => null,
): Tell<Value> {
  return (before, after, subject) => [
    { key: '', message: sentence(before, after, subject), effect: effect(before, after), step: step(before, after) },
  ]
}

/** Tells a group that may be missing: in a sentence of its own where it comes or goes, else key by key. */
export function optional<Group extends object>(
  tellers: Tellers<Group>,
  came: (after: Group, subject: string) => string,
  went: (before: Group, subject: string) => string,
): Tell<Group | null> {
  const inside = group(tellers)
  return (before, after, subject) => {
    if (before !== null && after !== null) return inside(before, after, subject)
    const message = after !== null ? came(after, subject) : before !== null ? went(before, subject) : ''
    return [{ key: '', message, effect: null, step: step(before, after) }]
  }
}

/** Tells who or what came to a list and left it, or that only its order is another. */
export function list(
  came: (items: readonly string[], subject: string) => string,
  left: (items: readonly string[], subject: string) => string,
  noun: string,
  effects: { readonly came: Effect; readonly left: Effect } = { came: null, left: null },
): Tell<readonly string[]> {
  return (before, after, subject) => {
    const at = { key: '', step: step(before, after) }
    const added = after.filter((item) => !before.includes(item))
    const gone = before.filter((item) => !after.includes(item))
    if (added.length + gone.length === 0) {
      return [{ ...at, message: `${noun} of ${subject} are listed in another order or number`, effect: null }]
    }
    return [
      ...(added.length > 0 ? [{ ...at, message: came(added, subject), effect: effects.came }] : []),
      ...(gone.length > 0 ? [{ ...at, message: left(gone, subject), effect: effects.left }] : []),
    ]
  }
}

/** The effect of a number, by what it means when the number rises. */
export function rising(effect: 'stricter' | 'looser'): (before: number, after: number) => Effect {
  const falling = effect === 'stricter' ? 'looser' : 'stricter'
  return (before, after) => (after > before ? effect : after < before ? falling : null)
}

/** Whether two JSON values are one to the digest: the order of keys does not count, that of lists does. */
export function same(a: unknown, b: unknown): boolean {
  return canonicalJson([a]) === canonicalJson([b])
}

/** What has changed, for comparing it with another change. */
export function step(before: unknown, after: unknown): string {
  return canonicalJson([before, after])
}

/** "`a`, `b` and `c`" */
export function names(items: readonly string[]): string {
  return joined(items.map((item) => `\`${item}\``))
}

/** "a, b and c" */
export function joined(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}

/** "1 person", "2 people" */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

/** 5400 -> "1 hour 30 minutes" */
export function duration(seconds: number): string {
  const days = Math.floor(seconds / 86_400)
  const hours = Math.floor((seconds % 86_400) / 3600)
  const minutes = Math.floor((seconds % 3600) / 60)
  const parts = [
    { count: days, unit: 'day' },
    { count: hours, unit: 'hour' },
    { count: minutes, unit: 'minute' },
    { count: seconds % 60, unit: 'second' },
  ]
  const shown = parts.filter(({ count }) => count > 0)
  return shown.map(({ count, unit }) => counted(count, unit)).join(' ')
}

/** 0.05 -> "5%" */
export function percent(share: number): string {
  return `${Number((share * 100).toPrecision(12))}%`
}
