import { randomFillSync } from 'node:crypto'
import type { Random } from './app/ports.ts'

const PAGE_BYTES = 4_096

/** Unpredictable bytes, asked of the system by the page: a call for a few costs as much as one for a thousand. */
export function createRandom(): Random {
  const page = new Uint8Array(PAGE_BYTES)
  let used = PAGE_BYTES
  return (count) => {
    if (count > PAGE_BYTES) return randomFillSync(new Uint8Array(count))
    if (used + count > PAGE_BYTES) {
      randomFillSync(page)
      used = 0
    }
    used += count
    return page.slice(used - count, used) // a copy: the page is filled anew
  }
}
