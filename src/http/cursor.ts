import type { QueueFilter } from '../app/ports.ts'

const ID = /^dec_[0-9a-z]{26}$/

/** Where a page of decisions ended, as an opaque text that fits into a URL. */
export function cursorAfter(id: string): string {
  return Buffer.from(`v1 ${id}`, 'utf8').toString('base64url')
}

/** The id that the page before ended with; null: not a cursor of ours. */
export function readCursor(cursor: string): string | null {
  const [version, id = ''] = Buffer.from(cursor, 'base64url').toString('utf8').split(' ')
  return version === 'v1' && ID.test(id) && cursorAfter(id) === cursor ? id : null
}

/** The same for a page of the queue, which is sorted by deadlines. */
export function queueCursorAfter({ deadline, id }: Place): string {
  return Buffer.from(`q1 ${deadline} ${id}`, 'utf8').toString('base64url')
}

export function readQueueCursor(cursor: string): Place | null {
  const [version, deadline = '', id = ''] = Buffer.from(cursor, 'base64url').toString('utf8').split(' ')
  const place = { deadline: Number(deadline), id }
  const isOurs = version === 'q1' && Number.isSafeInteger(place.deadline) && ID.test(id)
  return isOurs && queueCursorAfter(place) === cursor ? place : null
}

type Place = NonNullable<QueueFilter['after']>
