/**
 * `countersign audit export`, checked by the example that outsiders run: as a process of its own on good and broken
 * exports, and over 200 (10,000 with DEEP=1) edits, deletions, insertions, reorderings, truncations and forgeries of one, of
 * which it finds each. Broken builds of the example that this was seen to catch, each of which a sentence names:
 * - an entry's hash, its words, its number, its place, its chain or its spelling not looked at;
 * - what a root has seen not compared with the entries, or not with its digest; entries that no root has seen let through;
 * - a root's signature, type, number, predecessor or spelling not looked at; an export that ends in none; exit 0.
 * And of the export: entries beyond its last root; chains in another order; no root made first.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'
import Sqlite from 'better-sqlite3'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { exportAudit } from '../../src/app/export-audit.ts'
import type { RootClaims } from '../../src/domain/audit-root.ts'
import { keysFromFile } from '../../src/grants/key-file.ts'
import { createSigner } from '../../src/grants/signer.ts'
import { openSqliteStore } from '../../src/store/sqlite.ts'
import { label, unpredictable } from '../contract/open-store.ts'
import { type Audited, openAudited } from '../fixtures/audited.ts'
import { NOON } from '../fixtures/decisions.ts'
import { patience, tries } from '../fixtures/depth.ts'
import { openTerminal, type Terminal } from './terminal.ts'

vi.setConfig({ testTimeout: patience(120_000) })

const EXAMPLE = fileURLToPath(new URL('../../examples/verify-audit.mjs', import.meta.url))
const RUNNER = fileURLToPath(new URL('../fixtures/check-exports.mjs', import.meta.url))

let terminal: Terminal
let ids: Audited['ids']
let lines: readonly string[] = []

/** Three roots: everything, what came later, and what came after that. One decision is erased. */
beforeAll(async () => {
  terminal = openTerminal()
  mkdirSync('data')
  writeFileSync('.env', 'DATABASE_URL=sqlite:./data/service.db\n')
  const audited = await openAudited('data/service.db')
  ids = audited.ids
  await audited.close()
  await terminal.type('audit', 'root')
  await later(ids.passed, 'seen')
  await terminal.type('audit', 'root')
  await later(ids.denied, 'rightly so')
  const { jwks } = await signer()
  writeFileSync('jwks.json', JSON.stringify(jwks))
  lines = (await exported()).split('\n').slice(0, -1)
})
afterAll(() => terminal.close())

async function later(id: string, note: string): Promise<void> {
  const store = openSqliteStore({ file: 'data/service.db', random: unpredictable })
  await store.update(id, null, NOON, (decision) => label(decision, note))
  await store.close()
}

async function exported(...options: readonly string[]): Promise<string> {
  const { stdout, stderr, code } = await terminal.type('audit', 'export', ...options)
  expect([stderr, code]).toEqual(['', 0])
  return stdout
}

function check(text: string, ...known: readonly string[]) {
  writeFileSync('export.jsonl', text)
  const { stdout, status } = spawnSync(process.execPath, [EXAMPLE, 'export.jsonl', 'jwks.json', ...known], {
    encoding: 'utf8',
  })
  return { said: stdout.trim(), status }
}

const whole = (kept: readonly string[]): string => kept.map((line) => `${line}\n`).join('')
const kinds = (text: string): readonly string[] =>
  text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line).kind)

describe('an export', () => {
  it('is every entry of every chain, then every root below what it has seen, and ends in one that covers it', () => {
    const read = lines.map((line) => JSON.parse(line))
    const chains = [...new Set(read.filter(({ kind }) => kind === 'entry').map(({ chain }) => chain))]
    expect(chains).toHaveLength(8)
    expect(chains).toEqual(chains.toSorted((a, b) => (a < b ? -1 : 1)))
    expect(kinds(whole(lines)).filter((kind) => kind === 'root')).toHaveLength(3)
    expect(read.slice(-2)).toMatchObject([
      { kind: 'mark', chain: `decision ${ids.denied}`, length: 4 },
      { kind: 'root' },
    ])
  })

  it('verifies without this project, and takes roots that are known from elsewhere', () => {
    const good = check(whole(lines))
    expect(good).toMatchObject({
      status: 0,
      said: expect.stringMatching(/^Nothing is wrong with 8 chains, under roots 1 to 3 of /),
    })
    const last = good.said.slice(-64)
    expect(check(whole(lines), last)).toMatchObject({ status: 0 })
    expect(check(whole(lines), 'f'.repeat(64))).toMatchObject({
      status: 1,
      said: `no root is ${'f'.repeat(64)}, which is known`,
    })
  })

  it('verifies with the keys from where the service publishes them', async () => {
    const server = createServer((_request, response) => response.end(readFileSync('jwks.json')))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/.well-known/jwks.json`
    try {
      writeFileSync('export.jsonl', whole(lines))
      const child = spawn(process.execPath, [EXAMPLE, 'export.jsonl', url], { stdio: ['ignore', 'pipe', 'inherit'] })
      const said: string[] = []
      for await (const line of createInterface({ input: child.stdout })) said.push(line)
      expect(said).toEqual([expect.stringContaining('Nothing is wrong with 8 chains')])
      expect(await terminal.type('audit', 'verify', '--jwks', url)).toMatchObject({ code: 0 })
    } finally {
      server.close()
    }
  })

  it('is the same again as long as nothing happens', async () => {
    expect(await exported()).toBe(whole(lines))
  })

  it('goes no further than the root it ends in, whatever roots are made meanwhile', async () => {
    const store = openSqliteStore({ file: 'data/service.db', random: unpredictable })
    const [, to] = await store.roots(0, 2)
    if (to === undefined) throw new Error('there are three')
    const written: string[] = []
    for await (const line of exportAudit(store, { from: 1, to })) written.push(JSON.stringify(line))
    await store.close()
    expect(check(whole(written))).toMatchObject({ status: 0, said: expect.stringContaining('under roots 1 to 2') })
    expect(written.filter((line) => line.includes(`"chain":"decision ${ids.denied}","seq"`))).toHaveLength(3)
  })

  it('since a day is what has grown since, whole, under the roots made since', async () => {
    expect(await exported('--since', '1d')).toBe(whole(lines))
    const db = new Sqlite('data/service.db')
    db.prepare('UPDATE audit_roots SET at = 0 WHERE n < 3').run()
    db.close()
    const part = await exported('--since', '1d')
    expect(kinds(part)).toEqual(['entry', 'entry', 'entry', 'entry', 'mark', 'root'])
    expect(check(part)).toMatchObject({ status: 0, said: expect.stringContaining('1 chains, under roots 3 to 3') })
    expect(await terminal.type('audit', 'export', '--since', 'yesterday')).toMatchObject({ code: 2 })
  })

  it('has nothing of what was erased, and verifies', async () => {
    const db = new Sqlite('data/service.db')
    db.prepare('UPDATE events SET sealed = NULL, salt = NULL WHERE decision_id = ?').run(ids.denied)
    db.close()
    const text = await exported()
    expect(text).not.toContain('Nobody knows which order')
    expect(check(text)).toMatchObject({ status: 0 })
    lines = text.split('\n').slice(0, -1)
  })
})

describe('a broken export', () => {
  const entryAt = (id: string, seq: number) =>
    lines.findIndex((line) => line.startsWith(`{"kind":"entry","chain":"decision ${id}","seq":${seq}`))
  const changed = (at: number, from: string | RegExp, to: string | ((found: string) => string)) => {
    const line = lines[at] ?? ''
    const text = line.replace(from, typeof to === 'string' ? () => to : to)
    expect(text).not.toBe(line)
    return lines.with(at, text)
  }
  const rootAt = (n: number) => rootsAt()[n - 1] ?? -1

  it.each<[string, () => readonly string[], () => string]>([
    [
      'an entry edited',
      () => changed(entryAt(ids.denied, 3), 'U0000000002', 'U0000000001'),
      () => `decision ${ids.denied}: entry 3 was changed`,
    ],
    [
      'its words edited',
      () => changed(entryAt(ids.approved, 3), 'Which', 'What'),
      () => `decision ${ids.approved}: entry 3 was changed`,
    ],
    [
      'an entry deleted',
      () => lines.toSpliced(entryAt(ids.denied, 2), 1),
      () => `decision ${ids.denied}: entry 2 is not in its place`,
    ],
    [
      'an entry repeated',
      () => lines.toSpliced(entryAt(ids.denied, 2), 0, lines[entryAt(ids.denied, 2)] ?? ''),
      () => `decision ${ids.denied}: entry 3 is not in its place`,
    ],
    [
      'the end of a chain deleted',
      () => lines.toSpliced(entryAt(ids.denied, 4), 1),
      () => `decision ${ids.denied}: entry 4 is not the one that a root has seen`,
    ],
    [
      'a decision deleted',
      () => lines.toSpliced(entryAt(ids.passed, 1), 2),
      () => `decision ${ids.passed}: entry 1 is not the one that a root has seen`,
    ],
    [
      'what a root has seen deleted',
      () => lines.toSpliced(rootAt(1) - 1, 1),
      () => 'root 1: what it has seen was changed',
    ],
    ['a root deleted', () => lines.toSpliced(rootAt(2), 1), () => 'root 2: it is missing'],
    ['the last root deleted', () => lines.slice(0, -1), () => 'the export does not end in a root'],
    [
      'the last root deleted with what it has seen',
      () => lines.slice(0, -2),
      () => `decision ${ids.denied}: no root has seen entry 4`,
    ],
    [
      'a root signed by another key',
      () =>
        changed(
          rootAt(1),
          /"root":"[^.]*/,
          `"root":"${Buffer.from('{"alg":"EdDSA","typ":"countersign-root+jwt","kid":"x"}').toString('base64url')}`,
        ),
      () => 'root 1: its key is not among these',
    ],
    ['everything deleted', () => [], () => 'the export does not end in a root'],
    [
      'a line that says the same in other letters',
      () => changed(entryAt(ids.denied, 1), '"seq":1', '"seq": 1'),
      () => expect.stringContaining('this is not how an export is written: {"kind":"entry"'),
    ],
    [
      'an entry among what roots have seen',
      () => {
        const [at, mark] = [
          lastAt('{"kind":"entry","chain":"workflow'),
          lines.findIndex((line) => line.startsWith('{"kind":"mark","chain":"workflow')),
        ]
        return lines.toSpliced(mark, 0, lines[at] ?? '').toSpliced(at, 1)
      },
      () => `workflow ${ids.workflow}: entry 4 is not in its place`,
    ],
    [
      'a root that says something else',
      () => changed(lines.length - 1, /\.[^.]*\./, `.${inBase64({ ...claimsOf(3), at: '2030-01-01T00:00:00.000Z' })}.`),
      () => 'root 3: it was changed',
    ],
    [
      'a signature in other letters for the same bytes',
      () => changed(lines.length - 1, /.(?="}$)/, (last) => LETTERS[LETTERS.indexOf(last) ^ 1] ?? ''),
      () => 'root 3: it was changed',
    ],
  ])('is found: %s', (_, act, said) => {
    expect(check(whole(act()))).toEqual({ said: said(), status: 1 })
  })

  it.each<[string, () => Promise<readonly string[]>, () => string]>([
    [
      'a root signed again',
      () => signed(2, (claims) => ({ ...claims, at: '2020-01-01T00:00:00.000Z' })),
      () => 'root 3: it is missing',
    ],
    [
      'a root signed again under another number',
      () => signed(3, (claims) => ({ ...claims, n: 7 })),
      () => 'root 3: it is missing',
    ],
    [
      'what a root has seen signed again',
      () => signed(3, (claims) => ({ ...claims, heads: `sha256:${'0'.repeat(64)}` })),
      () => 'root 3: what it has seen was changed',
    ],
    [
      'something else that the key has signed',
      async () => {
        const { sign, kid } = await signer()
        const grant = await sign(kid, claimsOf(3))
        return changed(lines.length - 1, /"root":".*"/, `"root":"${grant}"`)
      },
      () => 'root 3: it was changed',
    ],
  ])('is found even with the key: %s', async (_, act, said) => {
    expect(check(whole(await act()))).toEqual({ said: said(), status: 1 })
  })

  it('is found: a chain that was exported under another name', async () => {
    const db = new Sqlite('data/service.db')
    const columns = db.prepare<[], string>("SELECT name FROM pragma_table_info('decisions')").pluck().all()
    const names = columns.filter((name) => name !== 'id' && !name.endsWith('key')).join()
    db.prepare(`INSERT INTO decisions (id, ${names}) SELECT 'dec_z', ${names} FROM decisions WHERE id = ?`).run(
      ids.pending,
    )
    db.exec(`UPDATE decisions SET chain_length = 1, chain_hash = hash WHERE id = 'dec_z'`)
    db.close()
    expect(check(await exported())).toEqual({ said: 'decision dec_z: entry 1 is not in its place', status: 1 })
  })
})

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const signer = () => createSigner(keysFromFile('data/service.db').keys, 'https://example.com', 'the test')
const inBase64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')
const rootsAt = (): readonly number[] => lines.flatMap((line, at) => (line.startsWith('{"kind":"root"') ? [at] : []))
const lastAt = (begin: string): number => lines.findLastIndex((line) => line.startsWith(begin))

function claimsOf(n: number) {
  const [, claims = ''] = JSON.parse(lines[rootsAt()[n - 1] ?? -1] ?? '').root.split('.')
  return JSON.parse(Buffer.from(claims, 'base64url').toString())
}

/** What somebody with the key can do. */
async function signed(n: number, change: (claims: RootClaims) => RootClaims): Promise<readonly string[]> {
  const root = await (await signer()).signRoot(change(claimsOf(n)))
  return lines.with(rootsAt()[n - 1] ?? -1, JSON.stringify({ kind: 'root', root }))
}

const KINDS = ['edit', 'delete', 'insert', 'swap', 'truncate', 'behead', 'forge'] as const
const mutation = fc.record({
  kind: fc.constantFrom(...KINDS),
  one: fc.nat(),
  other: fc.nat(),
  character: fc.constantFrom('0', 'a', 'Z', '"', '}', '.', '-'),
})

/** null: it would leave everything as it was. */
function mutated({
  kind,
  one,
  other,
  character,
}: typeof mutation extends fc.Arbitrary<infer Drawn> ? Drawn : never): string | null {
  const at = one % lines.length
  const line = lines[at] ?? ''
  switch (kind) {
    case 'edit': {
      const place = other % line.length
      const text = line.slice(0, place) + character + line.slice(place + 1)
      return text === line ? null : whole(lines.with(at, text))
    }
    case 'delete':
      return whole(lines.toSpliced(at, 1 + (other % 5)))
    case 'insert':
      return whole(lines.toSpliced(other % (lines.length + 1), 0, line))
    case 'swap': {
      const second = other % lines.length
      return second === at ? null : whole(lines.with(at, lines[second] ?? '').with(second, line))
    }
    case 'truncate':
      // More than the line feed at its end.
      return whole(lines).slice(0, -2 - (one % (whole(lines).length - 1)))
    case 'behead':
      return at === 0 ? null : whole(lines.slice(at))
    case 'forge':
      return forged(at, other)
  }
}

/** One entry says something else, and all that can be computed without the key is computed again. */
function forged(at: number, how: number): string | null {
  const read = lines.map((line) => JSON.parse(line))
  if (read[at].kind !== 'entry') return null
  const { chain } = read[at]
  read[at].record = read[at].record.replace(/"at":"2/, '"at":"1')
  const hashes: string[] = []
  for (const entry of read.filter((line) => line.kind === 'entry' && line.chain === chain)) {
    const before = Buffer.from(hashes.at(-1) ?? '0'.repeat(64), 'hex')
    entry.hash = createHash('sha256').update('countersign/audit/v1\0').update(before).update(entry.record).digest('hex')
    hashes.push(entry.hash)
  }
  if (how % 2 === 0)
    for (const mark of read.filter((line) => line.kind === 'mark' && line.chain === chain))
      mark.hash = hashes[mark.length - 1]
  return whole(read.map((line) => JSON.stringify(line)))
}

it('shows every edit, deletion, insertion, reordering, truncation and forgery', async () => {
  const wanted = tries(200, 10_000)
  const met = new Map<string, number>()
  const texts = fc
    .sample(fc.noBias(mutation), { numRuns: wanted * 2, seed: 20 })
    .flatMap((drawn) => {
      const text = mutated(drawn)
      if (text === null) return []
      met.set(drawn.kind, (met.get(drawn.kind) ?? 0) + 1)
      return [{ drawn, text }]
    })
    .slice(0, wanted)
  expect(texts).toHaveLength(wanted)
  expect([...met.keys()].toSorted()).toEqual([...KINDS].toSorted())
  const folder = mkdtempSync(join(tmpdir(), 'countersign-exports-'))
  try {
    for (let begin = 0; begin < texts.length; begin += 500) {
      const batch = texts.slice(begin, begin + 500)
      const said = await checkAll(folder, [whole(lines), ...batch.map(({ text }) => text)])
      expect(said[0]).toMatch(/^GOOD Nothing is wrong/)
      for (const [index, { drawn }] of batch.entries()) expect(said[index + 1], JSON.stringify(drawn)).toMatch(/^BAD ./)
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
})

/** What the example says of each, in a process of its own for all of them. */
async function checkAll(folder: string, texts: readonly string[]): Promise<readonly string[]> {
  const files = texts.map((text, index) => {
    const file = join(folder, `${index}.jsonl`)
    writeFileSync(file, text)
    return file
  })
  const child: ChildProcess = spawn(
    process.execPath,
    [RUNNER, pathToFileURL(EXAMPLE).href, join(process.cwd(), 'jwks.json')],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  )
  child.stdin?.end(`${files.join('\n')}\n`)
  const said: string[] = []
  if (child.stdout !== null)
    for await (const line of createInterface({ input: child.stdout })) said.push(JSON.parse(line))
  return said
}

it('has a checker that says how it is called', () => {
  const { stdout, status } = spawnSync(process.execPath, [EXAMPLE, 'export.jsonl'], { encoding: 'utf8' })
  expect([stdout, status]).toEqual(['say which: node verify-audit.mjs EXPORT JWKS_FILE_OR_URL [ROOT_HASH...]\n', 1])
})

it('comes from an example of fifty lines that needs nothing but Node', () => {
  const text = readFileSync(EXAMPLE, 'utf8')
  expect(text.split('\n').length - 1).toBeLessThanOrEqual(50)
  expect([...text.matchAll(/from '([^']+)'/g)].map(([, name]) => name)).toEqual([
    'node:assert',
    'node:crypto',
    'node:fs/promises',
  ])
})
