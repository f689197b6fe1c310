/**
 * Ten times what the server can take, while people decide: `npm run bench:overload`.
 * The built server, the local workspace and the flood are processes of their own; the clicks come from this one. Said
 * once for all scenarios: the flood is as large as its own process can make it, and what it could not send is shown.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once as happens } from 'node:events'
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import Sqlite from 'better-sqlite3'
import { newApiKey } from '../src/app/api-key.ts'
import { openSqliteStore } from '../src/store/sqlite.ts'
import { closedLoop, get, once } from './driver.ts'
import { createTraffic, type Traffic } from './traffic.ts'

const SECONDS = 15
const KEYS = 64
const CLICKS_PER_SECOND = 20
const CAPACITY_CONNECTIONS = 64

type Flood = {
  readonly port: number
  readonly tokens: readonly string[]
  readonly perSecond: number
  /** Each holds one request at a time, as clients do. */
  readonly connections: number
}
type Flooded = {
  readonly seconds: number
  readonly due: number
  readonly sent: number
  /** Due when every connection still waited for its answer. */
  readonly unsent: number
  readonly statuses: Readonly<Record<string, number>>
  readonly withoutRetryAfter: number
  readonly lost: number
  readonly created: readonly string[]
}
type Slack = { readonly apiUrl: string; readonly botToken: string; readonly signingSecret: string }
type Clicks = { readonly sent: number; readonly answered: readonly string[]; readonly times: readonly number[] }

if (process.argv[2] === 'flood') process.once('message', (flood: Flood) => void flooding(flood))
else await main()

async function main() {
  const built = new URL(import.meta.url.endsWith('.ts') ? '../dist/' : '../', import.meta.url)
  const root = fileURLToPath(new URL('../bench/.data', built))
  mkdirSync(root, { recursive: true })
  const folder = mkdtempSync(join(root, 'overload-'))
  const children: ChildProcess[] = []
  try {
    const databaseFile = join(folder, 'overload.db')
    const tokens = await makeKeys(databaseFile, KEYS + 1)
    const [own = '', ...flooders] = tokens
    const slackProcess = fork(fileURLToPath(new URL('bench/slack.js', built)), { execArgv: [] })
    children.push(slackProcess)
    const slack = await message<Slack>(slackProcess)
    const { server, port } = await startServer(fileURLToPath(new URL('src/cli/main.js', built)), databaseFile, slack)
    children.push(server)

    const perSecond = await capacity(port, flooders, slack.signingSecret)
    print(`Alone, in a closed loop of ${CAPACITY_CONNECTIONS} connections: ${Math.round(perSecond)} decisions/s`)
    const traffic = createTraffic(own, slack.signingSecret, 'clicks')
    const scenarios = [
      ['without a flood, for comparison', flooders, 0, 0],
      [`ten times that, from ${KEYS} keys over 1,000 connections`, flooders, 10 * perSecond, 1_000],
      [`ten times that, from ${KEYS} keys over 5,000 connections`, flooders, 10 * perSecond, 5_000],
      ['ten times that, from one key over 1,000 connections', flooders.slice(0, 1), 10 * perSecond, 1_000],
    ] as const
    let opened = 0
    for (const [name, with_, rate, connections] of scenarios) {
      const ids = await openDecisions(port, traffic, opened, SECONDS * CLICKS_PER_SECOND)
      opened += ids.length
      const known = decisionsIn(databaseFile)
      const before = await metricsOf(port)
      const [flooded, clicks] = await Promise.all([
        rate === 0 ? null : floodFrom({ port, tokens: with_, perSecond: rate, connections }),
        after(500).then(() => clicking(port, traffic, ids)),
      ])
      const metrics = await metricsOf(port)
      print(`\n${name}`)
      if (flooded !== null) printFlood(flooded)
      await printClicks(port, traffic, clicks)
      if (flooded !== null) printRecord(flooded, known, decisionsIn(databaseFile))
      printService(before, metrics)
    }
  } finally {
    for (const child of children) child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
}

async function makeKeys(file: string, count: number): Promise<readonly string[]> {
  const store = openSqliteStore({ file, random: randomBytes })
  const keys = Array.from({ length: count }, (_, n) =>
    newApiKey({
      agent: `agent-${n}`,
      scopes: ['decide', 'read'],
      expiresAt: null,
      now: Date.now(),
      random: randomBytes,
    }),
  )
  for (const { record } of keys) await store.saveApiKey(record)
  await store.close()
  return keys.map(({ token }) => token)
}

async function startServer(main: string, databaseFile: string, { apiUrl, botToken, signingSecret }: Slack) {
  const log = `${databaseFile}.log`
  const server = spawn(process.execPath, [main, 'start'], {
    env: {
      PATH: process.env['PATH'],
      PORT: '0',
      HOST: '127.0.0.1',
      PUBLIC_URL: 'http://countersign.example.com',
      DATABASE_URL: `sqlite:${databaseFile}`,
      SLACK_API_URL: apiUrl,
      SLACK_BOT_TOKEN: botToken,
      SLACK_SIGNING_SECRET: signingSecret,
      SWEEP_CRON: '* * * * * *',
    },
    stdio: ['ignore', 'ignore', openSync(log, 'a')],
  })
  for (let tries = 0; tries < 200; tries += 1) {
    const [, port] = /"port":(\d+).*Countersign is running/.exec(readFileSync(log, 'utf8')) ?? []
    if (port !== undefined) return { server, port: Number(port) }
    await after(50)
  }
  throw new Error('The server did not start.')
}

async function capacity(port: number, tokens: readonly string[], signingSecret: string): Promise<number> {
  const all = tokens.map((token) => createTraffic(token, signingSecret, 'alone'))
  const measure = (ms: number, from: number) =>
    closedLoop(port, CAPACITY_CONNECTIONS, ms, (exchange, n) => exchange(pick(all, n % all.length).automatic(from + n)))
  await measure(3_000, 0)
  const { statuses, seconds } = await measure(5_000, 1e8)
  return (statuses.get(201) ?? 0) / seconds
}

async function openDecisions(port: number, traffic: Traffic, from: number, count: number): Promise<readonly string[]> {
  const ids: string[] = []
  for (let n = from; n < from + count; n += 1) {
    const reply = await once(port, traffic.waiting(n))
    const [, id] = /"id":"(dec_\w+)"/.exec(reply.body()) ?? []
    if (reply.status !== 201 || id === undefined) throw new Error(`A refund was not taken: ${reply.body()}`)
    ids.push(id)
  }
  return ids
}

/** Approves each at its time, whether or not the one before was answered, on a connection of its own. */
async function clicking(port: number, { approve }: Traffic, ids: readonly string[]): Promise<Clicks> {
  const begun = performance.now()
  const answered: string[] = []
  const times: number[] = []
  await Promise.all(
    ids.map(async (id, n) => {
      const due = begun + (n * 1_000) / CLICKS_PER_SECOND
      await after(Math.max(0, due - performance.now()))
      const { status } = await once(port, approve(id)).catch(() => ({ status: 0 }))
      if (status !== 200) return
      answered.push(id)
      times.push(performance.now() - due)
    }),
  )
  return { sent: ids.length, answered, times }
}

async function floodFrom(flood: Flood): Promise<Flooded> {
  const child = fork(fileURLToPath(import.meta.url), ['flood'])
  child.send(flood)
  try {
    return await message<Flooded>(child)
  } finally {
    child.kill()
  }
}

function printFlood({ seconds, due, sent, unsent, statuses, withoutRetryAfter, lost }: Flooded) {
  const rate = (count = 0) => `${Math.round(count / seconds)}/s`
  const { 201: accepted, 429: limited, 503: refused, ...others } = statuses
  print(`  flood     due ${rate(due)}, sent ${rate(sent)} (no connection free: ${rate(unsent)})`)
  print(
    `            201 ${rate(accepted)}, 429 ${rate(limited)}, 503 ${rate(refused)}, other ${JSON.stringify(others)}`,
  )
  print(`            refusals without Retry-After: ${withoutRetryAfter}, connections lost: ${lost}`)
}

async function printClicks(port: number, { poll }: Traffic, { sent, answered, times }: Clicks) {
  let approved = 0
  for (const id of answered) if (/"status":"approved"/.test((await once(port, poll(id))).body())) approved += 1
  const sorted = times.toSorted((a, b) => a - b)
  const at = (share: number) => `${Math.round(sorted[Math.ceil(share * sorted.length) - 1] ?? Number.NaN)} ms`
  print(`  clicks    ${sent} sent, ${answered.length} answered 200, of which ${approved} read approved afterwards`)
  print(`            until answered: p50 ${at(0.5)}, p99 ${at(0.99)}, longest ${at(1)}`)
}

/** Looked up on the disk, since asking the server for each would take longer than the flood. */
function printRecord({ created, statuses }: Flooded, known: ReadonlySet<string>, now: ReadonlySet<string>) {
  const fresh = new Set([...now].filter((id) => !known.has(id)))
  const missing = created.filter((id) => !fresh.has(id)).length
  print(
    `  record    ${created.length} got a 201 (${statuses[201] ?? 0} counted), ${missing} of them missing; ${fresh.size - created.length} recorded without one`,
  )
}

function printService(before: Metrics, { lag, slackCalls, sweptAt, ready }: Metrics) {
  const age = (Date.now() / 1_000 - sweptAt).toFixed(1)
  print(
    `  service   event loop late by ${Math.round(lag * 1_000)} ms (p99), ${slackCalls - before.slackCalls} calls of Slack, last sweep ${age} s ago, readyz ${ready}`,
  )
}

function decisionsIn(file: string): ReadonlySet<string> {
  const db = new Sqlite(file, { readonly: true })
  try {
    return new Set(db.prepare<[], string>('SELECT id FROM decisions').pluck().all())
  } finally {
    db.close()
  }
}

type Metrics = Awaited<ReturnType<typeof metricsOf>>

async function metricsOf(port: number) {
  const text = (await once(port, get('/metrics', {}))).body()
  const sum = (name: string) =>
    [...text.matchAll(new RegExp(`^${name}(?:{.*})? (\\S+)$`, 'gm'))].reduce(
      (total, [, value]) => total + Number(value),
      0,
    )
  return {
    lag: sum('countersign_event_loop_lag_seconds'),
    slackCalls: sum('countersign_slack_call_seconds_count'),
    sweptAt: sum('countersign_sweep_last_timestamp_seconds'),
    ready: (await once(port, get('/readyz', {}))).status,
  }
}

/** The flood's own process: sends what is due each millisecond over whatever connection is free. */
async function flooding({ port, tokens, perSecond, connections }: Flood) {
  const wires = tokens.map((token) => createTraffic(token, '', `flood-${tokens.length}-${connections}`))
  const counts = { due: 0, sent: 0, unsent: 0, waiting: 0, withoutRetryAfter: 0, lost: 0 }
  const statuses: Record<string, number> = {}
  const created: string[] = []
  const idle: { readonly send: (wire: string) => void }[] = []

  const answered = (status: string, head: string, body: string) => {
    statuses[status] = (statuses[status] ?? 0) + 1
    const [, id] = /"id":"(dec_\w+)"/.exec(body) ?? []
    if (status === '201' && id !== undefined) created.push(id)
    if ((status === '429' || status === '503') && !/\r\nretry-after: [1-9]\d*\r\n/i.test(head))
      counts.withoutRetryAfter += 1
  }

  const open = () => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true })
    let received = ''
    let isWaiting = false
    const connection = {
      send: (wire: string) => {
        isWaiting = true
        counts.waiting += 1
        socket.write(wire)
      },
    }
    socket.setEncoding('latin1')
    socket.on('connect', () => idle.push(connection))
    socket.on('data', (text: string) => {
      received += text
      const end = received.indexOf('\r\n\r\n')
      if (end < 0) return
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(received)?.[1])
      if (received.length < end + 4 + length) return
      answered(received.slice(9, 12), received.slice(0, end + 2), received.slice(end + 4))
      received = ''
      isWaiting = false
      counts.waiting -= 1
      idle.push(connection)
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      if (isWaiting) counts.waiting -= 1
      counts.lost += 1
      const at = idle.indexOf(connection)
      if (at >= 0) idle.splice(at, 1)
      open()
    })
  }
  for (let n = 0; n < connections; n += 1) open()
  while (idle.length < connections) await after(10)

  const begun = performance.now()
  while (performance.now() - begun < SECONDS * 1_000) {
    const dueNow = Math.floor(((performance.now() - begun) * perSecond) / 1_000)
    for (; counts.due < dueNow; counts.due += 1) {
      const connection = idle.shift()
      if (connection === undefined) {
        counts.unsent += dueNow - counts.due
        counts.due = dueNow
        break
      }
      connection.send(pick(wires, counts.due % wires.length).automatic(counts.due))
      counts.sent += 1
    }
    await after(1)
  }
  const seconds = (performance.now() - begun) / 1_000
  while (counts.waiting > 0) await after(10)
  const { due, sent, unsent, withoutRetryAfter, lost } = counts
  const flooded: Flooded = { seconds, due, sent, unsent, statuses, withoutRetryAfter, lost, created }
  process.send?.(flooded)
}

async function message<Said>(child: ChildProcess): Promise<Said> {
  const [said] = await happens(child, 'message')
  return said
}

function pick<Item>(items: readonly Item[], index: number): Item {
  const item = items[index]
  if (item === undefined) throw new Error(`there is no item ${index}`)
  return item
}

function print(line: string) {
  process.stdout.write(`${line}\n`)
}
