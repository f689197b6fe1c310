import type { Clock } from '../app/ports.ts'

/**
 * Remembers what `load` gave for a key during `ttlMs`; calls for one key at once share one load. A failed load is not
 * remembered, so that the next question asks again.
 */
export function remembered<T>(
  clock: Clock,
  ttlMs: number,
  load: (key: string) => Promise<T>,
): (key: string) => Promise<T> {
  const entries = new Map<string, { readonly value: Promise<T>; readonly until: number }>()
  return (key) => {
    const now = clock()
    const known = entries.get(key)
    if (known !== undefined && now < known.until) return known.value
    for (const [old, { until }] of entries) if (until <= now) entries.delete(old)
    const value = load(key)
    entries.set(key, { value, until: now + ttlMs })
    value.catch(() => entries.delete(key))
    return value
  }
}
