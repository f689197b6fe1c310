import type { Instant } from './time.ts'

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz' // Crockford's base 32, lower case: no i, l, o, u

/** What an id names: decision, clarification, API key, workflow, grant. */
export type IdPrefix = 'dec' | 'clr' | 'key' | 'wf' | 'grt'

/**
 * A new id, `dec_` + 26 base-32 characters: 48 bits of time, then 80 random bits (the ULID layout).
 * Ids sort by creation time, so that a page of decisions can go on after the last id it showed.
 * @param random 10 unpredictable bytes
 */
export function newId(prefix: IdPrefix, at: Instant, random: Uint8Array): string {
  return `${prefix}_${timePart(at)}${randomPart(random)}`
}

/** The id before all that are made at this instant or later: for reading what is new since. */
export function firstIdSince(prefix: IdPrefix, at: Instant): string {
  return `${prefix}_${timePart(Math.max(0, at))}`
}

/** When an id was made. @param id as `newId` made it */
export function madeAt(id: string): Instant {
  const from = id.indexOf('_') + 1
  return Array.from(id.slice(from, from + 10)).reduce((at, letter) => 32 * at + ALPHABET.indexOf(letter), 0)
}

/** 10 characters; the first holds the 3 bits above 2^45. */
function timePart(at: Instant): string {
  let text = ''
  for (let rest = at, i = 0; i < 10; i++) {
    text = ALPHABET.charAt(rest % 32) + text
    rest = Math.floor(rest / 32)
  }
  return text
}

/** 5 bits a character, 5 bytes to 8 characters. */
function randomPart(bytes: Uint8Array): string {
  let text = ''
  let bits = 0
  let held = 0
  for (const byte of bytes) {
    held = ((held << 8) | byte) & 0xfff
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += ALPHABET.charAt((held >> bits) & 31)
    }
  }
  return text
}
