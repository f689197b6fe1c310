/**
 * Whose link it is. Broken builds that these sentences were seen to catch:
 * - the decision not signed, the secret itself as the key of every purpose -> "no other decision".
 * - no end -> "an hour". Signatures not compared, or compared as bytes, of which two texts can be the same -> "one character".
 */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { LINK_LASTS, linkKey, openLink, signLink } from '../../src/domain/context-link.ts'
import { HOUR } from '../../src/domain/time.ts'
import { aDecisionId, NOON } from '../fixtures/decisions.ts'

const SECRET = Buffer.alloc(32, 7).toString('base64')
const key = linkKey(SECRET, 'context-page')
const id = aDecisionId(1)
const holder = { user: 'U0ANA00001', team: 'T1', expiresAt: NOON + LINK_LASTS }
const link = signLink(key, id, holder)

describe('a link to the page of a decision', () => {
  it('says whose it is until an hour is over, not at its end', () => {
    expect(LINK_LASTS).toBe(HOUR)
    expect(openLink(key, id, link, NOON)).toEqual({ kind: 'valid', holder })
    expect(openLink(key, id, link, NOON + HOUR - 1)).toEqual({ kind: 'valid', holder })
    expect(openLink(key, id, link, NOON + HOUR)).toEqual({ kind: 'expired' })
  })

  it('opens no other decision, with no other secret, and is worth nothing elsewhere', () => {
    expect(openLink(key, aDecisionId(2), link, NOON)).toEqual({ kind: 'foreign' })
    expect(openLink(linkKey(`${SECRET}A`, 'context-page'), id, link, NOON)).toEqual({ kind: 'foreign' })
    expect(openLink(linkKey(SECRET, 'answer'), id, link, NOON)).toEqual({ kind: 'foreign' })
    expect(key).not.toEqual(Buffer.from(SECRET))
  })

  it('is good for nobody once one character of it is another', () => {
    for (let at = 0; at < link.length; at += 1)
      for (const other of ['A', 'B', '0', '1', '.', '_', ''])
        if (other !== link[at]) {
          const changed = link.slice(0, at) + other + link.slice(at + 1)
          expect(openLink(key, id, changed, NOON), changed).toEqual({ kind: 'foreign' })
        }
    // The same time in other letters, and the same parts otherwise divided.
    expect(openLink(key, id, link.replace(/\.(\d+)\./, '.0$1.'), NOON).kind).toBe('foreign')
    expect(openLink(key, id, link.replace('U0ANA00001.T1', 'U0ANA0000.1T1'), NOON).kind).toBe('foreign')
  })

  it('is nothing that anybody can make up', () => {
    const parts = fc.array(fc.string({ maxLength: 50 }), { maxLength: 5 }).map((all) => all.join('.'))
    fc.assert(
      fc.property(fc.oneof(parts, fc.string({ unit: 'binary' })), (text) => {
        expect(openLink(key, id, text, NOON)).toEqual({ kind: 'foreign' })
      }),
    )
  })
})
