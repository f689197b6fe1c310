/** Work that nobody waits for, except who stops the service. */
export type Background = {
  readonly run: (work: () => Promise<unknown>) => void
  /** Resolves once nothing is under way. */
  readonly settled: () => Promise<void>
}

/** @param failed is told what went wrong */
export function createBackground(failed: (error: unknown) => void): Background {
  const running = new Set<Promise<unknown>>()
  return {
    run: (work) => {
      const mine: Promise<unknown> = work()
        .catch(failed)
        .finally(() => running.delete(mine))
      running.add(mine)
    },
    settled: async () => {
      while (running.size > 0) await Promise.all(running)
    },
  }
}
