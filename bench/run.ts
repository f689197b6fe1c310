/**
 * What Countersign costs, measured side by side in one run: `npm run bench`, or `npm run bench -- --quick`;
 * `-- --workflows` for the comparison with LangGraph alone.
 * Rounds are interleaved, each figure is the median of its rounds, and each ratio is taken within a round: what else
 * the machine does meets all variants alike.
 */
import { statSync } from 'node:fs'
import { cpus } from 'node:os'
import Sqlite from 'better-sqlite3'
import { createStage, type Server } from './children.ts'
import { compareCycles } from './cycles.ts'
import { type Disk, inWords, measureDisk } from './disk.ts'
import { closedLoop, fixedRate, type Measured, once } from './driver.ts'
import { median, print, row } from './table.ts'

const quick = process.argv.includes('--quick')
const CONNECTIONS = 64
const ROUNDS = quick ? 3 : 5
const ROUND_MS = quick ? 1_500 : 3_000
/** The compiler has done its best after some thirty thousand requests. */
const WARM_UP_MS = quick ? 3_000 : 8_000
const RATES = [500, 1_000]
const RATE_ROUNDS = quick ? 1 : 3

/** One line of the table: throughput of a server under one kind of traffic. */
type Contest = {
  readonly name: string
  readonly server: Server
  readonly play: (ms: number) => Promise<Measured>
}
type Score = { readonly perSecond: number; readonly cpuUs: number; readonly measured: Measured }

const stage = await createStage()
try {
  print(
    `Node ${process.version}, ${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), ${CONNECTIONS} connections`,
  )
  if (!process.argv.includes('--workflows')) await main()
  await compareCycles(stage, { rounds: ROUNDS, roundMs: ROUND_MS, warmUpMs: WARM_UP_MS })
} finally {
  stage.end()
}

async function main() {
  const echo = await stage.start('echo')
  const noStore = await stage.start('no store')
  const durable = await stage.start('durable')
  const waiting = await stage.start('durable')
  const ungrouped = await stage.start('ungrouped')

  const contests: readonly Contest[] = [
    proposing('raw node:http echo', echo, 200),
    proposing('auto-approved, store left out', noStore, 201),
    proposing('auto-approved, durable', durable, 201),
    proposing('waits for a person, durable', waiting, 201, 'waiting'),
    deciding('proposed, approved and long-polled', durable),
    proposing('auto-approved, without group commit', ungrouped, 201),
  ]
  for (const contest of contests) await contest.play(WARM_UP_MS)

  const disks: Disk[] = []
  const rounds: Map<Contest, Score>[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    disks.push(measureDisk(stage.folder, 500))
    const scores = new Map<Contest, Score>()
    // Another order each round: nobody always runs after the same neighbour.
    for (let i = 0; i < contests.length; i += 1) {
      const contest = contests[(i * 5 + round) % contests.length]
      if (contest === undefined) throw new Error('there is no such contest')
      scores.set(contest, await score(contest))
    }
    rounds.push(scores)
  }
  print(`\n${inWords(disks)}`)
  printThroughput(contests, rounds)
  await printLatencies([
    ['raw node:http echo', echo],
    ['auto-approved, store left out', noStore],
    ['auto-approved, durable', durable],
  ])
  await printSizes(durable, noStore)
}

function proposing(
  name: string,
  server: Server,
  expected: number,
  kind: 'automatic' | 'waiting' = 'automatic',
): Contest {
  let n = 0
  const play = async (ms: number) => {
    const wire = server.traffic[kind]
    const measured = await closedLoop(server.port, CONNECTIONS, ms, (exchange) => exchange(wire(n++)))
    return expecting(name, measured, expected)
  }
  return { name, server, play }
}

/** Proposes, waits by long-poll, and has a reviewer approve meanwhile: three requests, counted as one. */
function deciding(name: string, server: Server): Contest {
  let n = 0
  const play = async (ms: number) => {
    const measured = await closedLoop(server.port, CONNECTIONS / 2, ms, async (exchange) => {
      const proposed = await exchange(server.traffic.waiting(1e9 + n++))
      const { id } = JSON.parse(proposed.body())
      const polled = exchange(server.traffic.poll(String(id)))
      const [settled] = await Promise.all([polled, once(server.port, server.traffic.approve(String(id)))])
      const { approved } = JSON.parse(settled.body())
      return approved === true ? settled : { ...settled, status: 0 }
    })
    return expecting(name, measured, 200)
  }
  return { name, server, play }
}

/** A figure counts only if every answer was the one that was asked for. */
function expecting(name: string, measured: Measured, status: number): Measured {
  const others = [...measured.statuses].filter(([found]) => found !== status)
  if (others.length > 0)
    throw new Error(`${name}: answers with ${others.map(([found, n]) => `${found} (${n})`).join(', ')}`)
  return measured
}

async function score({ server, play }: Contest): Promise<Score> {
  const before = await server.usage()
  const measured = await play(ROUND_MS)
  const after = await server.usage()
  return {
    measured,
    perSecond: measured.answers / measured.seconds,
    cpuUs: ((after.cpuMs - before.cpuMs) * 1_000) / measured.answers,
  }
}

function printThroughput(contests: readonly Contest[], rounds: readonly ReadonlyMap<Contest, Score>[]) {
  const [echo, noStore] = contests
  const of = (contest: Contest | undefined, value: (score: Score) => number) =>
    rounds.map((scores) => {
      const found = contest === undefined ? undefined : scores.get(contest)
      if (found === undefined) throw new Error('a round is incomplete')
      return value(found)
    })
  const ratio = (contest: Contest, base: Contest | undefined) => {
    const bases = of(base, ({ perSecond }) => perSecond)
    return median(of(contest, ({ perSecond }) => perSecond).map((value, round) => value / (bases[round] ?? Number.NaN)))
  }
  print(`\n${ROUNDS} interleaved rounds of ${ROUND_MS / 1_000} s, medians`)
  print(row('', 'per second', 'of the echo', 'of no store', 'CPU µs each', 'p50 ms', 'p99 ms'))
  for (const contest of contests) {
    print(
      row(
        contest.name,
        Math.round(median(of(contest, ({ perSecond }) => perSecond))),
        ratio(contest, echo).toFixed(2),
        contest === echo ? '' : ratio(contest, noStore).toFixed(2),
        Math.round(median(of(contest, ({ cpuUs }) => cpuUs))),
        (median(of(contest, ({ measured }) => measured.latency.percentile(50))) / 1_000).toFixed(1),
        (median(of(contest, ({ measured }) => measured.latency.percentile(99))) / 1_000).toFixed(1),
      ),
    )
  }
}

async function printLatencies(servers: readonly (readonly [string, Server])[]) {
  let n = 2e9
  for (const rate of RATES) {
    const all = new Map(servers.map(([name]) => [name, { p50: [] as number[], p99: [] as number[] }]))
    const syncs: number[] = []
    for (let round = 0; round < RATE_ROUNDS; round += 1) {
      syncs.push(measureDisk(stage.folder, 300).p50us)
      for (const [name, server] of servers) {
        const ms = quick ? 2_000 : 4_000
        const { latency } = await fixedRate(server.port, CONNECTIONS, rate, ms, () => server.traffic.automatic(n++))
        all.get(name)?.p50.push(latency.percentile(50))
        all.get(name)?.p99.push(latency.percentile(99))
      }
    }
    print(`\nAt ${rate} requests/s, latency from the instant each was due`)
    print(row('', 'p50 ms', 'p99 ms', 'added p99', 'in fsyncs'))
    const base = median(all.get(servers[1]?.[0] ?? '')?.p99 ?? [])
    for (const [name, { p50, p99 }] of all) {
      const added = median(p99) - base
      const shown = name === servers[2]?.[0]
      print(
        row(
          name,
          (median(p50) / 1_000).toFixed(2),
          (median(p99) / 1_000).toFixed(2),
          shown ? `${(added / 1_000).toFixed(2)} ms` : '',
          shown ? (added / median(syncs)).toFixed(1) : '',
        ),
      )
    }
  }
}

async function printSizes(durable: Server, noStore: Server) {
  const memory = { durable: (await durable.usage()).rssMiB, noStore: (await noStore.usage()).rssMiB }
  const db = new Sqlite(durable.databaseFile, { readonly: true })
  const count = Number(db.prepare('SELECT count(*) FROM decisions').pluck().get())
  db.close()
  const bytes = statSync(durable.databaseFile).size
  print(
    `\nMemory after the run: ${Math.round(memory.durable)} MiB durable, ${Math.round(memory.noStore)} MiB store left out`,
  )
  print(`On disk: ${Math.round(bytes / count)} bytes a decision (${count} decisions, one body of 620 bytes each)`)
}
