/**
 * `countersign keys`. Broken builds that these sentences were seen to catch:
 * - the key on stderr, the secret stored as it is, no expiry by default -> "prints the key alone".
 * - unknown scopes or 0d taken -> "used wrongly". The folder of the database not made -> nearly all.
 * - the hash listed -> "without its secret". Nothing stored, or the time of a revocation moved -> "ends a key for good".
 */
import { writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { isSecretOf, parseToken } from '../../src/app/api-key.ts'
import type { ApiKey } from '../../src/app/ports.ts'
import { openStore } from '../../src/compose.ts'
import { DAY, HOUR } from '../../src/domain/time.ts'
import { openTerminal, type Terminal } from './terminal.ts'

let terminal: Terminal

beforeEach(() => {
  terminal = openTerminal()
})

afterEach(() => terminal.close())

async function stored(id: string): Promise<ApiKey | null> {
  const store = openStore({ databaseFile: './data/local.db' })
  const key = await store.apiKey(id)
  await store.close()
  return key
}

/** Makes a key and gives its id. */
async function create(...words: readonly string[]): Promise<string> {
  const { stdout } = await terminal.type('keys', 'create', ...words)
  return parseToken(stdout.trim())?.id ?? ''
}

describe('keys create', () => {
  it('prints the key alone on stdout, and stores only its hash', async () => {
    const before = Date.now()
    const { stdout, stderr, code } = await terminal.type('keys', 'create', '--agent', 'billing-bot')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^csk_[0-9a-z]{26}_[A-Za-z0-9_-]{43}\n$/)
    const token = parseToken(stdout.trim())
    const key = await stored(token?.id ?? '')
    expect(key).toMatchObject({ agent: 'billing-bot', scopes: ['decide', 'read'], revokedAt: null })
    expect(key?.expiresAt).toBeGreaterThanOrEqual(before + 90 * DAY)
    expect(isSecretOf(key, token?.secret ?? '')).toBe(true)
    expect(JSON.stringify(key)).not.toContain(token?.secret)
    expect(stderr).toContain(`${token?.id}  billing-bot  decide,read  until 2`)
    expect(stderr).toContain('Keep it safe: it is not shown again.')
    expect(stderr).not.toContain(token?.secret)
  })

  it('gives the scopes and the time that are asked for', async () => {
    const now = Date.now()
    const short = await stored(await create('--agent', 'a', '--scopes', 'label, consume', '--expires', '12h'))
    expect(short?.scopes).toEqual(['label', 'consume'])
    expect(Math.abs((short?.expiresAt ?? 0) - now - 12 * HOUR)).toBeLessThan(HOUR)
    expect((await stored(await create('--agent', 'a', '--expires', 'never')))?.expiresAt).toBeNull()
  })

  it.each([
    [['--scopes', 'read'], "required option '--agent <name>' not specified"],
    [['--agent', 'two words'], 'It takes letters, digits'],
    [
      ['--agent', 'a', '--scopes', 'read,write'],
      '"write" is no scope; allowed are decide, read, label, consume, admin.',
    ],
    [['--agent', 'a', '--scopes', ''], '"" is no scope'],
    [['--agent', 'a', '--expires', 'tomorrow'], 'Allowed are 30m, 12h, 90d and the like, or never.'],
    [['--agent', 'a', '--expires', '0d'], 'Allowed are 30m, 12h, 90d and the like, or never.'],
    [['--agent', 'a', 'more'], 'too many arguments'],
  ])('used wrongly (%j) says what is allowed, makes nothing and exits with 2', async (words, message) => {
    const { stdout, stderr, code } = await terminal.type('keys', 'create', ...words)
    expect({ stdout, code }).toEqual({ stdout: '', code: 2 })
    expect(stderr).toContain(message)
    expect((await terminal.type('keys', 'list', '--json')).stdout).toBe('[]\n')
  })

  it('exits with 1 and names the setting when the settings are wrong', async () => {
    vi.stubEnv('DATABASE_URL', 'postgres://ana:hunter2@db/countersign')
    const { stdout, stderr, code } = await terminal.type('keys', 'create', '--agent', 'a')
    expect({ stdout, code }).toEqual({ stdout: '', code: 1 })
    expect(stderr).toContain('DATABASE_URL: expected sqlite: and a path')
    expect(stderr).not.toContain('hunter2')
  })

  it('exits with 1 and says why when there is no database to write to', async () => {
    writeFileSync('file', '')
    vi.stubEnv('DATABASE_URL', 'sqlite:./file/countersign.db')
    const { stdout, stderr, code } = await terminal.type('keys', 'create', '--agent', 'a')
    expect({ stdout, code }).toEqual({ stdout: '', code: 1 })
    expect(stderr).toContain('Set DATABASE_URL to a path that this user may write to.')
  })
})

describe('keys list', () => {
  it('shows every key without its secret, as lines and as JSON', async () => {
    const [first, second] = [await create('--agent', 'one'), await create('--agent', 'two', '--expires', 'never')]
    const lines = (await terminal.type('keys', 'list')).stdout
    expect(lines).toContain(`${first}  one  decide,read  until `)
    expect(lines).toContain(`${second}  two  decide,read  never expires\n`)
    const { stdout, code } = await terminal.type('keys', 'list', '--json')
    const keys: unknown = JSON.parse(stdout)
    expect(code).toBe(0)
    expect(keys).toHaveLength(2)
    expect(keys).toContainEqual({
      id: second,
      agent: 'two',
      scopes: ['decide', 'read'],
      created_at: expect.stringMatching(/^2.*Z$/),
      expires_at: null,
      revoked_at: null,
    })
    expect(stdout).not.toMatch(/secret|hash/i)
  })

  it('without any key prints no result, and says how to make one', async () => {
    const { stdout, stderr, code } = await terminal.type('keys', 'list')
    expect({ stdout, code }).toEqual({ stdout: '', code: 0 })
    expect(stderr).toBe('There are no keys yet. Make one: countersign keys create --agent NAME\n')
  })
})

describe('keys revoke', () => {
  it('ends a key for good: a second time changes nothing', async () => {
    const id = await create('--agent', 'one')
    const first = await terminal.type('keys', 'revoke', id)
    expect(first).toMatchObject({ code: 0, stderr: '' })
    expect(first.stdout).toMatch(new RegExp(`^${id}  one  decide,read  revoked 2.*Z\n$`))
    const { revokedAt } = (await stored(id)) ?? {}
    expect(revokedAt).not.toBeNull()
    expect((await terminal.type('keys', 'revoke', id)).stdout).toBe(first.stdout)
    expect((await stored(id))?.revokedAt).toBe(revokedAt)
  })

  it('prints the key as JSON when asked to', async () => {
    const id = await create('--agent', 'one')
    const { stdout } = await terminal.type('keys', 'revoke', id, '--json')
    expect(JSON.parse(stdout)).toMatchObject({ id, agent: 'one', revoked_at: expect.stringMatching(/Z$/) })
  })

  it('exits with 1 for a key that is not there', async () => {
    expect(await terminal.type('keys', 'revoke', 'key_nobody')).toEqual({
      stdout: '',
      stderr: 'There is no key key_nobody. See countersign keys list.\n',
      code: 1,
    })
  })
})
