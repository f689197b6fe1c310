/** Says of each piece of new work whether it may begin now, has to wait for a moment, or comes when there is too much. */
export type Admission = {
  /** Begins the work, now or in a later turn of the event loop. @returns false: it is refused and never begins */
  readonly admit: (begin: () => void) => boolean
  /**
   * A connection was accepted. More may wait behind it, a reviewer's click among them, and Node accepts one in each turn:
   * this turn and the next begin the least.
   */
  readonly connected: () => void
  /** `record`, counted from its call to its end: what is being recorded takes up room. */
  readonly counted: <Args extends readonly unknown[], Result>(
    record: (...args: Args) => Promise<Result>,
  ) => (...args: Args) => Promise<Result>
}

export type AdmissionBounds = {
  /** How much may wait and be recorded at once; what comes beyond it is refused. */
  readonly most: number
  /** How much begins in one turn of the event loop: the fewest when turns are long, the most when they are short. */
  readonly perTurn: { readonly fewest: number; readonly most: number; readonly afterConnection: number }
  /** ms. A turn that takes longer lets the next begin half as much; one that does not, one more. */
  readonly turn: number
}

/**
 * A queue with an end. All that people and Slack do shares one thread with the agents' new work, and each of its steps
 * waits for a turn of the event loop: so a turn begins no more than a few proposals, the others wait, and those who would
 * wait for long are told at once.
 * @param nextTurn calls once what was read in this turn is dealt with: `setImmediate`
 * @param now ms, never set back
 */
export function createAdmission(
  { most, perTurn, turn: turnMs }: AdmissionBounds,
  nextTurn: (run: () => void) => void,
  now: () => number,
): Admission {
  const waiting: (() => void)[] = []
  let recording = 0
  let begun = 0
  let atOnce = perTurn.most
  let limit = atOnce
  let hasConnected = false
  let turnBegan = 0
  let isTurnAwaited = false

  const awaitTurn = (): void => {
    if (isTurnAwaited) return
    isTurnAwaited = true
    turnBegan = now()
    nextTurn(turn)
  }

  const turn = (): void => {
    isTurnAwaited = false
    const isLong = now() - turnBegan > turnMs
    atOnce = isLong ? Math.max(perTurn.fewest, Math.floor(atOnce / 2)) : Math.min(perTurn.most, atOnce + 1)
    limit = hasConnected ? perTurn.afterConnection : atOnce
    hasConnected = false
    const next = waiting.splice(0, limit)
    begun = next.length
    if (begun > 0) awaitTurn()
    for (const begin of next) begin()
  }

  return {
    admit: (begin) => {
      if (waiting.length + recording >= most) return false
      awaitTurn()
      if (begun >= limit) {
        waiting.push(begin)
        return true
      }
      begun += 1
      begin()
      return true
    },
    connected: () => {
      hasConnected = true
      limit = perTurn.afterConnection
    },
    counted:
      (record) =>
      async (...args) => {
        recording += 1
        try {
          return await record(...args)
        } finally {
          recording -= 1
        }
      },
  }
}
