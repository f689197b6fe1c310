import { createHmac, timingSafeEqual } from 'node:crypto'
import { HOUR, type Instant } from './time.ts'

/** Whom a link to a decision's page was made for: somebody in a Slack workspace, until then. */
export type LinkHolder = { readonly user: string; readonly team: string; readonly expiresAt: Instant }

export type OpenedLink =
  | { readonly kind: 'valid'; readonly holder: LinkHolder }
  /** It was good once. */
  | { readonly kind: 'expired' }
  /** Never made here, changed, or for another decision. */
  | { readonly kind: 'foreign' }

/** How long a link is good. */
export const LINK_LASTS = HOUR

/** A key for one purpose, so that what is signed for it is worth nothing for another. @param secret of all links */
export function linkKey(secret: string, purpose: 'context-page' | 'answer'): Uint8Array {
  return createHmac('sha256', secret).update(`countersign/${purpose}/v1`).digest()
}

/** What stands in a link and proves whose it is: `user.team.expiry.signature`, the expiry in seconds since 1970. */
export function signLink(key: Uint8Array, decision: string, { user, team, expiresAt }: LinkHolder): string {
  const seconds = Math.floor(expiresAt / 1_000)
  return `${user}.${team}.${seconds}.${signature(key, decision, user, team, seconds)}`
}

/** Takes the same time for every signature that is wrong. @param text anything that anybody sent */
export function openLink(key: Uint8Array, decision: string, text: string, now: Instant): OpenedLink {
  const [, user = '', team = '', expiry = '', signed = ''] = FORM.exec(text) ?? []
  const seconds = Number(expiry)
  // As texts: more than one text gives the same bytes.
  const given = Buffer.from(signed)
  const expected = Buffer.from(signature(key, decision, user, team, seconds))
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return { kind: 'foreign' }
  const expiresAt = seconds * 1_000
  return now < expiresAt ? { kind: 'valid', holder: { user, team, expiresAt } } : { kind: 'expired' }
}

const FORM = /^([A-Z0-9]{2,32})\.([A-Z0-9]{2,32})\.([1-9]\d{0,11})\.([\w-]{43})$/

// None of the parts can hold the character between them.
function signature(key: Uint8Array, decision: string, user: string, team: string, seconds: number): string {
  return createHmac('sha256', key).update([decision, user, team, seconds].join('\0')).digest('base64url')
}
