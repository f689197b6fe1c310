import type { LangGraph, Server, Stage } from './children.ts'
import { type Disk, inWords, measureDisk } from './disk.ts'
import { closedLoop } from './driver.ts'
import { median, print, range, row } from './table.ts'
import { CONTEXT } from './traffic.ts'

const CONCURRENCIES = [1, 32]
/** Between two looks at a workflow that is not completed yet. */
const LOOK_AGAIN_MS = 1

type Score = { readonly perSecond: number; readonly cpuUs: number; readonly p50ms: number; readonly p99ms: number }
type Cycle = Parameters<typeof closedLoop>[3]
type Contest = { readonly name: string; readonly concurrency: number; readonly play: (ms: number) => Promise<Score> }

/**
 * Suspend and resume beside LangGraph.js: a plan with one gate is sent, stops there, a person lets it go on, and it is
 * completed. Countersign over HTTP, with its signed click; LangGraph called in its own process. The floor beside them is a
 * server that takes the same requests, has the two that write on the disk before it answers, and does nothing else.
 */
export async function compareCycles(
  stage: Stage,
  { rounds, roundMs, warmUpMs }: { readonly rounds: number; readonly roundMs: number; readonly warmUpMs: number },
) {
  const server = await stage.start('durable')
  const echo = await stage.start('syncing echo')
  const peer = await stage.startLangGraph()
  const pairs = CONCURRENCIES.map((concurrency) => ({
    floor: floor(echo, concurrency),
    ours: ours(server, concurrency),
    theirs: theirs(peer, concurrency),
  }))
  const contests = pairs.flatMap(({ floor, ours, theirs }) => [floor, ours, theirs])
  for (const contest of contests) await contest.play(warmUpMs / 2)

  const disks: Disk[] = []
  const scores = new Map<Contest, Score[]>(contests.map((contest) => [contest, []]))
  for (let round = 0; round < rounds; round += 1) {
    disks.push(measureDisk(stage.folder, 500))
    for (let i = 0; i < contests.length; i += 1) {
      const contest = contests[(i + round) % contests.length]
      if (contest !== undefined) scores.get(contest)?.push(await contest.play(roundMs))
    }
  }

  print(`\nSuspended and resumed, ${rounds} interleaved rounds of ${roundMs / 1_000} s, medians. ${inWords(disks)}`)
  print(row('', 'at once', 'per second', 'of LangGraph', 'its rounds', 'CPU µs each', 'p50 ms', 'p99 ms'))
  for (const { floor, ours, theirs } of pairs) {
    const others = scores.get(theirs) ?? []
    for (const contest of [floor, ours]) {
      const mine = scores.get(contest) ?? []
      const ratios = mine.map(({ perSecond }, round) => perSecond / (others[round]?.perSecond ?? Number.NaN))
      print(line(contest, mine, ratios))
    }
    print(line(theirs, others, [1]))
  }
}

function line({ name, concurrency }: Contest, scores: readonly Score[], ratios: readonly number[]): string {
  const each = (of: (score: Score) => number) => median(scores.map(of))
  return row(
    name,
    concurrency,
    each(({ perSecond }) => perSecond).toFixed(0),
    median(ratios).toFixed(2),
    range(ratios),
    each(({ cpuUs }) => cpuUs).toFixed(0),
    each(({ p50ms }) => p50ms).toFixed(1),
    each(({ p99ms }) => p99ms).toFixed(1),
  )
}

function ours(server: Server, concurrency: number): Contest {
  const { traffic } = server
  let n = concurrency * 1e8
  return overHttp('Countersign', server, concurrency, async (exchange) => {
    const started = await exchange(traffic.plan(n++))
    const { id, approval_request_id: decision, status } = JSON.parse(started.body())
    if (started.status !== 201 || status !== 'awaiting_approval') throw new Error(`not started: ${started.body()}`)
    const pressed = await exchange(traffic.approve(String(decision)))
    if (pressed.status !== 200) throw new Error(`a click was answered with ${pressed.status}`)
    for (;;) {
      const read = await exchange(traffic.workflow(String(id)))
      const { status } = JSON.parse(read.body())
      if (status === 'completed') return read
      if (status !== 'running' && status !== 'approved') throw new Error(`not completed: ${read.body()}`)
      await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS))
    }
  })
}

function floor(server: Server, concurrency: number): Contest {
  const { traffic } = server
  let n = 0
  return overHttp('node:http with two fdatasyncs', server, concurrency, async (exchange) => {
    for (const request of [traffic.plan(n++), traffic.approve('dec_none')]) await exchange(request)
    return exchange(traffic.workflow('wf_none'))
  })
}

function overHttp(name: string, { port, usage }: Server, concurrency: number, cycle: Cycle): Contest {
  const play = async (ms: number): Promise<Score> => {
    const before = await usage()
    const { answers, seconds, latency } = await closedLoop(port, concurrency, ms, cycle)
    const cpuUs = (((await usage()).cpuMs - before.cpuMs) * 1_000) / answers
    return {
      perSecond: answers / seconds,
      cpuUs,
      p50ms: latency.percentile(50) / 1_000,
      p99ms: latency.percentile(99) / 1_000,
    }
  }
  return { name, concurrency, play }
}

function theirs(peer: LangGraph, concurrency: number): Contest {
  const play = async (ms: number): Promise<Score> => {
    const { seconds, latenciesMs, cpuMs } = await peer.play(concurrency, ms, CONTEXT)
    const sorted = latenciesMs.toSorted((a, b) => a - b)
    const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? Number.NaN
    return {
      perSecond: sorted.length / seconds,
      cpuUs: (cpuMs * 1_000) / sorted.length,
      p50ms: at(0.5),
      p99ms: at(0.99),
    }
  }
  return { name: 'LangGraph.js', concurrency, play }
}
