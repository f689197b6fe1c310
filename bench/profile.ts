/**
 * Where each microsecond of a decision goes: `npm run bench:profile`, of a durable server, or with `-- "no store"`.
 * A CPU profile of the warm server under 64 connections, its samples summed by what they were for.
 */
import { byArea } from './areas.ts'
import { createStage } from './children.ts'
import { closedLoop } from './driver.ts'

const CONNECTIONS = 64
const WARM_UP_MS = 10_000
const PROFILED_MS = 5_000

const variant = process.argv[2] === 'no store' ? 'no store' : 'durable'
const stage = await createStage()
try {
  const { port, traffic, profile } = await stage.start(variant)
  let n = 0
  const play = (ms: number) => closedLoop(port, CONNECTIONS, ms, (exchange) => exchange(traffic.automatic(n++)))
  await play(WARM_UP_MS)
  const stop = profile()
  const { answers, seconds } = await play(PROFILED_MS)
  const shares = byArea(await stop())
  process.stdout.write(`${variant}: ${Math.round(answers / seconds)} auto-approved decisions/s while profiled\n`)
  for (const { area, us } of shares) process.stdout.write(`${(us / answers).toFixed(1).padStart(7)} µs  ${area}\n`)
} finally {
  stage.end()
}
