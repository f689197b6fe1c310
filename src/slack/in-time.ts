/** Slack shows an error when it is not answered within 3 s; this leaves half a second for the way back. */
const ANSWER_WITHIN_MS = 2_500

export type InTime<T> =
  | { readonly late: false; readonly value: T }
  | { readonly late: true; readonly value: Promise<T> }

/** The result of `work` when it comes in time, as a rule to be Slack's answer; else the promise to go on waiting for. */
export async function inTime<T>(work: Promise<T>, withinMs = ANSWER_WITHIN_MS): Promise<InTime<T>> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), withinMs)
  })
  try {
    const first = await Promise.race([work.then((value) => ({ value })), late])
    return first === 'late' ? { late: true, value: work } : { late: false, value: first.value }
  } finally {
    clearTimeout(timer)
  }
}
