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
