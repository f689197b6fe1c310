import { isSecretOf, parseToken } from '../app/api-key.ts'
import type { Caller } from '../app/app.ts'
import type { ApiKey, Scope, Store } from '../app/ports.ts'
import { type Refusal, refuse } from './answer.ts'

export type Authenticated =
  | { readonly ok: true; readonly key: ApiKey }
  | { readonly ok: false; readonly refusal: Refusal }

/**
 * Whose request is this? Takes `Authorization: Bearer csk_<id>_<secret>`.
 * @param now ms; a key is good until, not at, its expiry
 */
export async function authenticate(
  keys: Pick<Store, 'apiKey'>,
  header: string | undefined,
  now: number,
): Promise<Authenticated> {
  if (header === undefined)
    return unauthorized('No API key was sent. Send `Authorization: Bearer csk_...`.', 'Bearer realm="countersign"')
  const [, text] = /^Bearer +(\S+)$/i.exec(header.trim()) ?? []
  const token = text === undefined ? null : parseToken(text)
  if (token === null) return invalid('The Authorization header must be `Bearer csk_...`, with the whole key.')
  const key = await keys.apiKey(token.id)
  // Nothing is told about a key to somebody who does not have its secret.
  if (!isSecretOf(key, token.secret) || key === null) return invalid('This API key is not known here.')
  if (key.revokedAt !== null) return invalid('This API key was revoked.')
  if (key.expiresAt !== null && now >= key.expiresAt)
    return invalid(`This API key expired on ${new Date(key.expiresAt).toISOString()}.`)
  return { ok: true, key }
}

/** May this key do what needs one of `scopes`? null: yes. */
export function scopeRefusal(key: ApiKey, scopes: readonly Scope[]): Refusal | null {
  if (scopes.some((scope) => key.scopes.includes(scope))) return null
  const needed = scopes.map((scope) => `\`${scope}\``).join(' or ')
  const held = key.scopes.length === 0 ? 'none' : key.scopes.map((scope) => `\`${scope}\``).join(', ')
  return refuse(
    'insufficient_scope',
    `This needs an API key with the scope ${needed}; this key has ${held}. Make one with \`countersign keys create\`.`,
    [],
    { 'www-authenticate': `Bearer realm="countersign", error="insufficient_scope", scope="${scopes.join(' ')}"` },
  )
}

/**
 * The caller that the application sees.
 * @param reach the scopes that, for this call, name decisions of any agent
 */
export function callerOf(key: ApiKey, reach: readonly Scope[]): Caller {
  return { agent: key.agent, apiKey: key.id, anyAgent: reach.some((scope) => key.scopes.includes(scope)) }
}

function invalid(detail: string): Authenticated {
  return unauthorized(
    `${detail} Make a new one with \`countersign keys create\`.`,
    'Bearer realm="countersign", error="invalid_token"',
  )
}

function unauthorized(detail: string, challenge: string): Authenticated {
  return { ok: false, refusal: refuse('unauthorized', detail, [], { 'www-authenticate': challenge }) }
}
