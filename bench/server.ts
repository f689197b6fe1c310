/** One of the servers that are compared, in a process of its own: `server.js VARIANT`, told by IPC what to do. */
import { once } from 'node:events'
import { open } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { Profiler } from 'node:inspector'
import { Session } from 'node:inspector/promises'
import { fileURLToPath } from 'node:url'
import { newApiKey } from '../src/app/api-key.ts'
import { openServiceStore, startCountersign } from '../src/compose.ts'
import { readConfig } from '../src/config.ts'
import { createLog } from '../src/log.ts'
import { loadManifest } from '../src/policy/load.ts'
import { createRandom } from '../src/random.ts'
import { forgetfulStore, ungroupedStore } from './stores.ts'

export type Variant = 'echo' | 'syncing echo' | 'no store' | 'durable' | 'ungrouped'

/** What a server says of itself. `cpuMs`: used so far by all its threads. */
export type Said =
  | { readonly ready: { readonly port: number; readonly token: string } }
  | { readonly profile: Profiler.Profile }
  | { readonly usage: { readonly cpuMs: number; readonly rssMiB: number } }

const MANIFESTS = fileURLToPath(new URL('../../manifests', import.meta.url))

async function start(variant: string): Promise<{ readonly port: number; readonly token: string }> {
  switch (variant) {
    case 'echo':
      return { port: await startEcho(), token: 'none' }
    case 'syncing echo':
      return { port: await startSyncingEcho(process.env['DATABASE_URL']?.replace('sqlite:', '') ?? ''), token: 'none' }
    case 'no store':
    case 'durable':
    case 'ungrouped':
      return startService(variant)
    default:
      throw new Error(`there is no variant ${variant}`)
  }
}

/** The least that a JSON service in Node can do: read a body, parse it, print it, answer. */
async function startEcho(): Promise<number> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = JSON.stringify(JSON.parse(Buffer.concat(chunks).toString('utf8')))
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
      response.end(body)
    })
  })
  return listening(server)
}

/**
 * The least that a durable service can do: what is posted is on the disk before it is answered, all that wait for the disk
 * together, and nothing is done with it.
 */
async function startSyncingEcho(file: string): Promise<number> {
  const handle = await open(file, 'w')
  let waiting: (() => void)[] = []
  let syncing = false
  const sync = async (): Promise<void> => {
    syncing = true
    while (waiting.length > 0) {
      const answers = waiting.splice(0)
      await handle.write(FRAME)
      await handle.datasync()
      for (const answer of answers) answer()
    }
    syncing = false
  }
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = JSON.stringify({ echo: Buffer.concat(chunks).toString('utf8') })
      response.setHeader('content-type', 'application/json')
      response.setHeader('content-length', Buffer.byteLength(body))
      if (request.method !== 'POST') return void response.end(body)
      waiting.push(() => response.end(body))
      if (!syncing) void sync()
    })
  })
  return listening(server)
}

/** A frame of SQLite's write-ahead log. */
const FRAME = Buffer.alloc(4_096 + 24, 7)

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the echo has no port')
  return address.port
}

/** The whole service, as `countersign start` runs it, with its log as usual; only the store differs. */
async function startService(variant: Exclude<Variant, 'echo' | 'syncing echo'>) {
  const read = readConfig(process.env, false, () => true)
  if (!read.ok) throw new Error(JSON.stringify(read.problems))
  const { config } = read
  const loaded = loadManifest(MANIFESTS)
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.problems))
  const random = createRandom()
  const store =
    variant === 'no store'
      ? forgetfulStore(random)
      : variant === 'ungrouped'
        ? ungroupedStore(config.databaseFile, random)
        : openServiceStore(config, random)
  const key = newApiKey({
    agent: 'bench',
    scopes: ['decide', 'read'],
    expiresAt: null,
    now: Date.now(),
    random,
  })
  await store.saveApiKey(key.record)
  const given = { config, manifest: loaded.manifest, version: 'bench', log: createLog(config) }
  const { port } = await startCountersign(given, undefined, () => store)
  return { port, token: key.token }
}

const say = (said: Said) => process.send?.(said)
process.on('message', (ask: unknown) => {
  if (ask === 'profile') return void profile()
  const { userCPUTime, systemCPUTime } = process.resourceUsage()
  say({ usage: { cpuMs: (userCPUTime + systemCPUTime) / 1_000, rssMiB: process.memoryUsage.rss() / 2 ** 20 } })
})

/** Profiles until it is told to stop, which the next message does. */
async function profile() {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.setSamplingInterval', { interval: 200 })
  await session.post('Profiler.start')
  await once(process, 'message')
  say(await session.post('Profiler.stop'))
}

process.on('disconnect', () => process.exit(0))
say({ ready: await start(process.argv[2] ?? '') })
