import type { Instant } from './time.ts'

const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz' // Crockford's base 32, lower case: no i, l, o, u

/** What an id names: decision, clarification, API key. */
export type IdPrefix = 'dec' | 'clr' | 'key'

/**
 * A new id, `dec_` + 26 base-32 characters: 48 bits of time, then 80 random bits (the ULID layout).
 * Ids sort by creation time, so that a page of decisions can go on after the last id it showed.
 * @param random 10 unpredictable bytes
 */
export function newId(prefix: IdPrefix, at: Instant, random: Uint8Array): string {
  return `${prefix}_${encode(BigInt(at), 10)}${encode(bytesToInteger(random), 16)}`
}

function bytesToInteger(bytes: Uint8Array): bigint {
  return bytes.reduce((total, byte) => (total << 8n) | BigInt(byte), 0n)
}

function encode(value: bigint, characters: number): string {
  let rest = value
  let text = ''
  for (let i = 0; i < characters; i++) {
    text = ALPHABET.charAt(Number(rest & 31n)) + text
    rest >>= 5n
  }
  return text
}
