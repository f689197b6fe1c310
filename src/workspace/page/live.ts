/** The page's data: read anew whenever the server says that something changed, and the acts it can ask for. */
import { useEffect, useState } from 'react'
import type { Snapshot } from '../snapshot.ts'

/** The latest snapshot for a person; undefined until the first has come. */
export function useSnapshot(userId: string): Snapshot | undefined {
  const [seen, setSeen] = useState<Snapshot>()
  useEffect(() => {
    let current = true
    let asked = 0
    const read = async (): Promise<void> => {
      asked += 1
      const mine = asked
      const response = await fetch(`/page/state?as=${encodeURIComponent(userId)}`)
      const snapshot: Snapshot = await response.json()
      // An older answer that comes later would show what is no longer so.
      if (current && mine === asked) setSeen(snapshot)
    }
    const source = new EventSource('/page/live')
    source.addEventListener('message', () => void read())
    void read()
    return () => {
      current = false
      source.close()
    }
  }, [userId])
  return seen
}

/** Does something as a person. Answers what went wrong in words for that person, or undefined. */
export async function act(path: string, body: Readonly<Record<string, unknown>>): Promise<string | undefined> {
  const response = await fetch(`/page/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const answer: {
    readonly status?: number
    readonly body?: string
    readonly error?: string
  } = await response.json()
  if (answer.error !== undefined) return answer.error
  if (answer.status === undefined || (answer.status >= 200 && answer.status < 300)) return undefined
  if (answer.body === 'not_sent') return undefined
  return answer.body === 'operation_timeout'
    ? 'The app did not answer within three seconds.'
    : `The app did not take it (${answer.status === 0 ? answer.body : `HTTP ${answer.status}`}).`
}
