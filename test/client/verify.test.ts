/**
 * What executors embed. Broken builds that these sentences were seen to catch:
 * - the issuer, the time, the action or the parameters not looked at -> "is refused".
 * - any algorithm taken, or the header's `typ` or `kid` not looked at -> "no other token".
 * - an import of the server's errors in domain/ -> "brings nothing of the server".
 */
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { CompactSign, generateKeyPair, importJWK, type JSONWebKeySet, UnsecuredJWT } from 'jose'
import { afterAll, describe, expect, it } from 'vitest'
import { verifyGrant } from '../../src/client/verify.ts'
import { parametersDigest } from '../../src/domain/digest.ts'
import type { GrantClaims } from '../../src/domain/grant.ts'
import { createSigner } from '../../src/grants/signer.ts'
import { aGrantKey, ISSUER } from '../fixtures/signer.ts'

const ACTION = 'process_refund'
const PARAMETERS = { order_id: 'A-1', amount_usd: 120, lines: [{ sku: 'é', qty: 1 }] }
const NOW = Date.UTC(2026, 2, 1, 12)
const NONCE = 'bm9uY2Utbm9uY2Utbm9uYw'
const CLAIMS: GrantClaims = {
  iss: ISSUER,
  jti: 'grt_1',
  iat: NOW / 1_000,
  exp: NOW / 1_000 + 900,
  sub: 'dec_1',
  act: ACTION,
  non: NONCE,
  dig: parametersDigest(NONCE, ACTION, PARAMETERS),
  man: `sha256:${'a'.repeat(64)}`,
  by: ['slack:T012/U012'],
}

const key = aGrantKey('k1')
const signer = await createSigner([key, aGrantKey('k2')], ISSUER, 'the test')
const { jwks } = signer
const grant = (await signer.sign('k1', CLAIMS)) ?? ''
const good = { jwks, issuer: ISSUER, action: ACTION, parameters: PARAMETERS, now: NOW }

/** The public set and its URL, served for as long as the test runs. */
let asked = 0
const server = createServer((_request, response) => {
  asked += 1
  response.setHeader('content-type', 'application/json').end(JSON.stringify(jwks))
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
afterAll(() => server.close())

function jwksUrl(): string {
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('it does not listen')
  return `http://127.0.0.1:${address.port}/.well-known/jwks.json`
}

async function signed(header: Readonly<Record<string, unknown>>, claims: unknown = CLAIMS): Promise<string> {
  const secret = await importJWK({ kty: 'OKP', crv: 'Ed25519', x: key.x, d: key.d ?? '' }, 'EdDSA')
  const bytes = new TextEncoder().encode(JSON.stringify(claims))
  return new CompactSign(bytes).setProtectedHeader({ alg: 'EdDSA', ...header }).sign(secret)
}

describe('a grant', () => {
  it('is good for exactly what was approved, in whatever order its keys stand', async () => {
    expect(await verifyGrant(grant, good)).toEqual({ ok: true, claims: CLAIMS })
    const parameters = { lines: [{ qty: 1, sku: 'é' }], amount_usd: 120.0, order_id: 'A-1' }
    expect(await verifyGrant(grant, { ...good, parameters, issuer: `${ISSUER}/` })).toMatchObject({ ok: true })
    expect(await verifyGrant(grant, { ...good, now: CLAIMS.exp * 1_000 - 1 })).toMatchObject({ ok: true })
  })

  it('is checked with the keys at a URL, which are fetched once', async () => {
    const { jwks: _, ...rest } = good
    const options = { ...rest, jwksUrl: jwksUrl() }
    expect(await verifyGrant(grant, options)).toMatchObject({ ok: true })
    expect(await verifyGrant(grant, { ...options, jwksUrl: new URL(options.jwksUrl) })).toMatchObject({ ok: true })
    expect(asked).toBe(1)
  })

  it.each<[string, object]>([
    ['wrong_issuer', { issuer: 'https://elsewhere.example.com' }],
    ['expired', { now: CLAIMS.exp * 1_000 }],
    ['other_action', { action: 'send_email' }],
    ['digest_mismatch', { parameters: { ...PARAMETERS, amount_usd: '120' } }],
    ['digest_mismatch', { parameters: { ...PARAMETERS, lines: [{ sku: 'e\u0301', qty: 1 }] } }],
    ['parameters_invalid', { parameters: { ...PARAMETERS, note: undefined } }],
    ['parameters_invalid', { parameters: { ...PARAMETERS, at: new Date(0) } }],
    ['parameters_invalid', { parameters: { ...PARAMETERS, amount_usd: 2 ** 53 } }],
    ['unknown_key', { jwks: { keys: [] } }],
    ['unknown_key', { jwks: { keys: jwks.keys.slice(1) } }],
    ['bad_signature', { jwks: { keys: [{ ...jwks.keys[1], kid: 'k1' }] } }],
    ['keys_unavailable', { jwks: { keys: 'none' } }],
    ['keys_unavailable', { jwks: null }],
  ])('is refused with %s: %o', async (code, change) => {
    const result = await verifyGrant(grant, { ...good, ...change })
    expect(result).toMatchObject({ ok: false, code, message: expect.stringMatching(/\.$/) })
  })

  it.each(['not a url', 'http://127.0.0.1:1/jwks.json'])('is refused when there are no keys at %s', async (url) => {
    const { jwks: _, ...rest } = good
    expect(await verifyGrant(grant, { ...rest, jwksUrl: url })).toMatchObject({ ok: false, code: 'keys_unavailable' })
  })
})

describe('no other token is a grant', () => {
  const typ = 'countersign-grant+jwt'
  const [head = '', body = '', signature = ''] = grant.split('.')
  const recoded = (part: string, change: (text: string) => string) =>
    Buffer.from(change(Buffer.from(part, 'base64url').toString())).toString('base64url')

  async function withPublicKeyAsSecret(): Promise<string> {
    const secret = Buffer.from(String(jwks.keys[0]?.x), 'base64url')
    return new CompactSign(Buffer.from(body, 'base64url'))
      .setProtectedHeader({ alg: 'HS256', typ, kid: 'k1' })
      .sign(secret)
  }
  async function byAnother(alg: 'ES256' | 'EdDSA'): Promise<string> {
    const { privateKey } = await generateKeyPair(alg, { extractable: true })
    return new CompactSign(Buffer.from(body, 'base64url')).setProtectedHeader({ alg, typ, kid: 'k1' }).sign(privateKey)
  }

  it.each<[string, string, () => string | Promise<string>]>([
    ['one that nobody signed', 'malformed', () => new UnsecuredJWT({ ...CLAIMS, by: [...CLAIMS.by] }).encode()],
    [
      '`alg: none` over a good signature',
      'malformed',
      () => `${recoded(head, (text) => text.replace('EdDSA', 'none'))}.${body}.${signature}`,
    ],
    ['the public key as an HS256 secret', 'malformed', withPublicKeyAsSecret],
    ['another algorithm', 'malformed', () => byAnother('ES256')],
    ['another key of the same kind', 'bad_signature', () => byAnother('EdDSA')],
    [
      'a changed payload',
      'bad_signature',
      () => `${head}.${recoded(body, (text) => text.replace('"exp":1', '"exp":2'))}.${signature}`,
    ],
    [
      'a changed header',
      'bad_signature',
      () => `${recoded(head, (text) => text.replace('k1', 'k2'))}.${body}.${signature}`,
    ],
    ['a signature cut short', 'bad_signature', () => `${head}.${body}.${signature.slice(0, 40)}`],
    ['another type of token, well signed', 'malformed', () => signed({ typ: 'JWT', kid: 'k1' })],
    ['no type', 'malformed', () => signed({ kid: 'k1' })],
    ['no key name', 'unknown_key', () => signed({ typ })],
    ['claims that are missing', 'malformed', () => signed({ typ, kid: 'k1' }, { ...CLAIMS, dig: undefined })],
    ['a text', 'malformed', () => signed({ typ, kid: 'k1' }, 'grant')],
    ['nothing', 'malformed', () => ''],
    ['two parts', 'malformed', () => `${head}.${body}`],
    ['far too much', 'malformed', () => `${grant}${'A'.repeat(20_000)}`],
  ])('%s: %s', async (_name, code, token) => {
    expect(await verifyGrant(await token(), good)).toMatchObject({ ok: false, code })
  })

  it('whatever a caller without types passes', async () => {
    for (const odd of [null, undefined, 7, {}])
      expect(await Reflect.apply(verifyGrant, null, [odd, good])).toMatchObject({ ok: false, code: 'malformed' })
  })

  it('nor one whose only key has no name, when the token names none', async () => {
    const unnamed: JSONWebKeySet = { keys: [{ kty: 'OKP', crv: 'Ed25519', x: key.x }] }
    expect(await verifyGrant(await signed({ typ }), { ...good, jwks: unnamed })).toMatchObject({ code: 'malformed' })
  })
})

it('what executors embed brings nothing of the server with it', async () => {
  const { metafile } = await build({
    entryPoints: [fileURLToPath(new URL('../../src/client/verify.ts', import.meta.url))],
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  })
  const imported = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path))
  expect([...new Set(imported)].toSorted()).toEqual(['jose', 'node:crypto', 'safe-stable-stringify'])
  expect(
    Object.keys(metafile.inputs)
      .map((path) => path.replace(/^.*src\//, ''))
      .toSorted(),
  ).toEqual(['client/open-grant.ts', 'client/verify.ts', 'domain/digest.ts', 'domain/grant.ts'])
})
