import type { Clock } from '../app/ports.ts'

export type Remembered<T> = {
  (key: string): Promise<T>
  /** The next question loads anew, even when a load for this key is under way. */
  readonly forget: (key: string) => void
}

/**
 * Remembers what `load` gave for a key during `ttlMs`; calls for one key at once share one load. A failed load is not
 * remembered, so that the next question asks again.
 */
export function remembered<T>(clock: Clock, ttlMs: number, load: (key: string) => Promise<T>): Remembered<T> {
  const entries = new Map<string, { readonly value: Promise<T>; readonly until: number }>()
  const ask = (key: string): Promise<T> => {
    const now = clock()
    const known = entries.get(key)
    if (known !== undefined && now < known.until) return known.value
    for (const [old, { until }] of entries) if (until <= now) entries.delete(old)
    const value = load(key)
    entries.set(key, { value, until: now + ttlMs })
    value.catch(() => {
      if (entries.get(key)?.value === value) entries.delete(key)
    })
    return value
  }
  return Object.assign(ask, { forget: (key: string) => void entries.delete(key) })
}
