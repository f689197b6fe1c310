import type { Decision } from '../domain/decision.ts'
import type { Changes } from './ports.ts'

/** Wakes long-polls of this process when a decision of theirs changes. */
export function createChanges(): Changes {
  const listeners = new Map<string, Set<(decision: Decision) => void>>()
  return {
    announce: (decision) => {
      for (const listener of listeners.get(decision.id) ?? []) listener(decision)
    },
    listen: (id, listener) => {
      const set = listeners.get(id) ?? new Set()
      listeners.set(id, set.add(listener))
      return () => {
        set.delete(listener)
        if (set.size === 0) listeners.delete(id)
      }
    },
  }
}
