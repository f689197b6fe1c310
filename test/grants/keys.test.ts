/**
 * The keys that sign grants. Broken builds that these sentences were seen to catch:
 * - the file readable by others, or made anew at each start -> "makes one".
 * - the library's words shown, or the key quoted -> "says what is wrong".
 * - only the first key checking, or a private part in what everybody may read -> "while it is listed".
 * - the type of what was signed not looked at -> "neither is taken for the other".
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { NO_ROOT } from '../../src/domain/audit-root.ts'
import type { GrantClaims } from '../../src/domain/grant.ts'
import { parseGrantKeys } from '../../src/grants/jwk.ts'
import { keysFromFile } from '../../src/grants/key-file.ts'
import { createRootCheck } from '../../src/grants/root-check.ts'
import { createSigner } from '../../src/grants/signer.ts'
import { aGrantKey, ISSUER } from '../fixtures/signer.ts'

const CLAIMS: GrantClaims = {
  iss: ISSUER,
  jti: 'grt_1',
  iat: 1,
  exp: 2,
  sub: 'dec_1',
  act: 'a',
  non: 'n',
  dig: 'd',
  man: 'm',
  by: ['policy'],
}

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-keys-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

describe('a database without a key', () => {
  it('makes one, once, for its owner alone', () => {
    const { keys, file } = keysFromFile(join(folder, 'data/countersign.db'))
    expect(file).toBe(join(folder, 'data/keys/countersign.grant.jwk'))
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(statSync(join(folder, 'data/keys')).mode & 0o777).toBe(0o700)
    expect(Object.keys(JSON.parse(readFileSync(file, 'utf8'))).toSorted()).toEqual(['crv', 'd', 'kty', 'x'])
    expect(keysFromFile(join(folder, 'data/countersign.db')).keys).toEqual(keys)
    expect(keys).toHaveLength(1)
  })

  it('shares none with the one beside it, which is tried locally', () => {
    const [local, real] = ['local.db', 'countersign.db'].map((name) => keysFromFile(join(folder, name)).keys)
    expect(local?.[0].x).not.toBe(real?.[0].x)
  })

  it.each<[string, (file: string) => void, RegExp]>([
    ['no key in the file', (file) => writeFileSync(file, 'hunter2'), /is not a key: expected a private Ed25519 JWK/],
    ['nothing in the file', (file) => writeFileSync(file, ''), /is not a key/],
    ['half a key', (file) => writeFileSync(file, JSON.stringify(aGrantKey()).slice(0, 60)), /is not a key/],
    [
      'a public key alone',
      (file) => writeFileSync(file, JSON.stringify({ ...aGrantKey(), d: undefined })),
      /is not a key/,
    ],
    ['a folder in its place', (file) => mkdirSync(file), /cannot be read or made/],
  ])('says what is wrong, and where: %s', (_name, spoil, words) => {
    mkdirSync(join(folder, 'keys'))
    const file = join(folder, 'keys/c.grant.jwk')
    spoil(file)
    const start = () => keysFromFile(join(folder, 'c.db'))
    expect(start).toThrow(words)
    expect(start).toThrow(file)
    expect(start).not.toThrow(/hunter2/)
  })
})

describe('GRANT_SIGNING_KEY', () => {
  const [one, other] = [aGrantKey(), aGrantKey('named')]

  it('is one key, a list of keys or a key set; what else stands in a key is left out', () => {
    expect(parseGrantKeys(JSON.stringify(one))).toEqual([one])
    expect(parseGrantKeys(JSON.stringify([other, one]))).toEqual([other, one])
    expect(parseGrantKeys(JSON.stringify({ keys: [{ ...one, use: 'sig' }] }))).toEqual([one])
    const open = { ...one, d: undefined }
    expect(parseGrantKeys(JSON.stringify([other, open]))).toHaveLength(2)
  })

  it.each([
    '',
    'secret',
    '[]',
    '{"keys": []}',
    JSON.stringify({ ...one, crv: 'X25519' }),
    JSON.stringify({ ...one, d: 'short' }),
    JSON.stringify({ kty: 'oct', k: 'AAAA' }),
    JSON.stringify([{ ...one, d: undefined }, other]),
  ])('is nothing else: %s', (text) => {
    expect(parseGrantKeys(text)).toBeNull()
  })

  it('whose halves do not belong together is named, and not shown', async () => {
    const broken = { ...one, x: other.x }
    const error = await createSigner([other, broken], ISSUER, 'GRANT_SIGNING_KEY').catch((reason: unknown) => reason)
    expect(String(error)).toBe(
      'Error: Key 2 of GRANT_SIGNING_KEY is no Ed25519 key, or its "x" does not belong to its "d". Put the whole JWK there, as it was made.',
    )
    await expect(createSigner([one, one], ISSUER, 'GRANT_SIGNING_KEY')).rejects.toThrow(/same name as one before it/)
  })
})

describe('a key', () => {
  it('signs the same text each time, also in another process', async () => {
    const key = aGrantKey()
    const [first, again] = await Promise.all([key, key].map((each) => createSigner([each], ISSUER, 'here')))
    const grant = await first?.sign(first.kid, CLAIMS)
    expect(grant).toMatch(/^[\w-]+\.[\w-]+\.[\w-]{86}$/)
    expect(await again?.sign(first?.kid ?? '', CLAIMS)).toBe(grant)
    expect(JSON.parse(Buffer.from(String(grant?.split('.')[0]), 'base64url').toString())).toEqual({
      alg: 'EdDSA',
      typ: 'countersign-grant+jwt',
      kid: first?.kid,
    })
  })

  it('that was replaced still counts while it is listed, and signs what it began with', async () => {
    const [old, fresh] = [aGrantKey(), aGrantKey()]
    const before = await createSigner([old], ISSUER, 'here')
    const grant = (await before.sign(before.kid, CLAIMS)) ?? ''
    const rotated = await createSigner([fresh, old], ISSUER, 'here')
    expect(rotated.kid).not.toBe(before.kid)
    expect(rotated.jwks.keys.map(({ kid }) => kid)).toEqual([rotated.kid, before.kid])
    expect(await rotated.open(grant)).toEqual(CLAIMS)
    expect(await rotated.sign(before.kid, CLAIMS)).toBe(grant)
    const open = await createSigner([fresh, { ...old, d: undefined }], ISSUER, 'here')
    expect(await open.open(grant)).toEqual(CLAIMS)
    expect(await open.sign(before.kid, CLAIMS)).toBeNull()
    const gone = await createSigner([fresh], ISSUER, 'here')
    expect(await gone.open(grant)).toBeNull()
    expect(await gone.sign(before.kid, CLAIMS)).toBeNull()
  })

  it('signs roots of the audit log as well, and neither is taken for the other', async () => {
    const signer = await createSigner([aGrantKey()], ISSUER, 'the test')
    const heads = `sha256:${'0'.repeat(64)}` as const
    const claims = {
      iss: ISSUER,
      n: 1,
      at: '2026-03-01T12:00:00.000Z',
      previous: NO_ROOT,
      grown: 1,
      chains: 1,
      entries: 1,
      heads,
    }
    const root = await signer.signRoot(claims)
    const openRoot = createRootCheck(signer.jwks)
    expect(await openRoot(root)).toEqual({ ok: true, claims })
    expect(await signer.open(root)).toBeNull()
    expect(await openRoot(String(await signer.sign(signer.kid, CLAIMS)))).toEqual({ ok: false, why: 'is no root' })
    const both = { ...CLAIMS, ...claims }
    expect(await signer.open(await signer.signRoot(both))).toBeNull()
    expect(await openRoot(String(await signer.sign(signer.kid, both)))).toEqual({ ok: false, why: 'is no root' })
  })

  it('shows its public part alone', async () => {
    const key = aGrantKey()
    const { jwks } = await createSigner([key], ISSUER, 'here')
    expect(jwks).toEqual({
      keys: [{ kty: 'OKP', crv: 'Ed25519', x: key.x, kid: expect.any(String), alg: 'EdDSA', use: 'sig' }],
    })
    expect(JSON.stringify(jwks)).not.toContain(key.d)
  })
})
