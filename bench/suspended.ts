/**
 * What workflows cost that wait for a person: `npm run bench:suspended`, or `-- --quick` for fewer of them.
 * A store with ten thousand, made by the service itself, against one with a single one: from the start of the process to
 * the first workflow that a click has resumed, memory, and bytes on disk. Starts are interleaved, figures are medians.
 */
import { copyFileSync, rmSync, statSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import Sqlite from 'better-sqlite3'
import { openStore } from '../src/compose.ts'
import { createStage } from './children.ts'
import { type Disk, inWords, measureDisk } from './disk.ts'
import { once } from './driver.ts'
import { median, print, range, row } from './table.ts'
import { CONTEXT } from './traffic.ts'

const quick = process.argv.includes('--quick')
const MANY = quick ? 1_000 : 10_000
const ROUNDS = quick ? 3 : 7
/** After the first click; what the start has left is collected by then. */
const SETTLED_MS = quick ? 1_000 : 3_000

type Start = { readonly ms: number; readonly rssMiB: number }

let copies = 0
const stage = await createStage()
try {
  await main()
} finally {
  stage.end()
}

async function main() {
  const one = await made(1)
  const many = await made(MANY)
  const disks: Disk[] = []
  const starts: { readonly one: Start; readonly many: Start }[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    disks.push(measureDisk(stage.folder, 300))
    const first = round % 2 === 0 ? await started(one) : null
    const second = await started(many)
    starts.push({ one: first ?? (await started(one)), many: second })
  }
  const each = (of: (pair: { readonly one: Start; readonly many: Start }) => number) => starts.map(of)
  const ratios = each(({ one, many }) => many.ms / one.ms)
  const grown = each(({ one, many }) => many.rssMiB - one.rssMiB)
  print(`${MANY} workflows that wait for a person against one, ${ROUNDS} starts each, medians. ${inWords(disks)}`)
  print(row('', 'one', String(MANY), 'of pairs', 'their range'))
  print(
    row(
      'start to first resumed, ms',
      median(each(({ one }) => one.ms)).toFixed(0),
      median(each(({ many }) => many.ms)).toFixed(0),
      median(ratios).toFixed(2),
      range(ratios),
    ),
  )
  print(
    row(
      'memory, MiB',
      median(each(({ one }) => one.rssMiB)).toFixed(0),
      median(each(({ many }) => many.rssMiB)).toFixed(0),
      signed(median(grown)),
    ),
  )
  printBytes(many)
}

/**
 * A database with workflows that wait, made over HTTP by a service that asked their people. Slack takes a message a second
 * and channel, so their cards and direct messages are not awaited: they are noted as posted, as the worker notes it, and
 * the outbox is left empty, as it is then.
 */
async function made(count: number): Promise<string> {
  const { port, traffic, databaseFile, end } = await stage.start('durable')
  let n = 0
  const send = async () => {
    for (;;) {
      const next = n++
      if (next >= count) return
      const { status, body } = await once(port, traffic.plan(next))
      if (status !== 201) throw new Error(`not started: ${body()}`)
    }
  }
  await Promise.all(Array.from({ length: 16 }, send))
  const db = new Sqlite(databaseFile, { readonly: true })
  const asked = db.prepare<[], number>('SELECT count(*) FROM decisions WHERE assignee IS NOT NULL').pluck()
  while (asked.get() !== count) await sleep(200)
  db.close()
  await end()
  await noteAsPosted(databaseFile, count)
  return databaseFile
}

async function noteAsPosted(databaseFile: string, count: number): Promise<void> {
  const store = openStore({ databaseFile })
  const decisions = await store.queue({ assignee: null, dueBy: null, after: null, limit: count })
  await Promise.all(
    decisions.flatMap(({ id, version, createdAt, assignment: { reviewers } }, index) => {
      const [user = ''] = reviewers
      const ts = `${Math.floor(createdAt / 1_000)}.${String(index).padStart(6, '0')}`
      const permalink = `https://acme.slack.com/archives/C0APPROVAL/p${ts.replace('.', '')}`
      const posted = {
        subject: id,
        startedAt: createdAt,
        state: 'posted',
        ts,
        shownVersion: version,
        shownFrozen: '',
      } as const
      return [
        store.savePost({ ...posted, slot: 'card', channel: 'C0APPROVAL', permalink }),
        store.savePost({ ...posted, slot: `dm 2 ${user}`, channel: `D${user.slice(1)}`, permalink: null }),
      ]
    }),
  )
  for (;;) {
    const rows = await store.dueIntents('slack', Date.now(), 500)
    if (rows.length === 0) break
    await Promise.all(rows.map((each) => store.intentDone(each, Date.now())))
  }
  await store.close()
}

/** From the start of the process to the first workflow that a click has taken to its end. */
async function started(databaseFile: string): Promise<Start> {
  copies += 1
  const copy = `${databaseFile}-${copies}.copy`
  copyFileSync(databaseFile, copy)
  const { workflow, decision } = oldest(copy)
  const begun = performance.now()
  const { port, traffic, usage, end } = await stage.start('durable', copy)
  const { status } = await once(port, traffic.approve(decision))
  if (status !== 200) throw new Error(`a click was answered with ${status}`)
  for (;;) {
    const read = JSON.parse((await once(port, traffic.workflow(workflow))).body())
    if (read.status === 'completed') break
    if (read.status !== 'approved') throw new Error(`not completed: ${JSON.stringify(read)}`)
    await sleep(1)
  }
  const ms = performance.now() - begun
  await sleep(SETTLED_MS)
  const { rssMiB } = await usage()
  await end()
  rmSync(copy)
  return { ms, rssMiB }
}

function oldest(databaseFile: string): { readonly workflow: string; readonly decision: string } {
  const db = new Sqlite(databaseFile, { readonly: true })
  const first = db
    .prepare<[], { readonly workflow: string; readonly decision: string }>(
      'SELECT id AS workflow, decision_id AS decision FROM workflows ORDER BY id LIMIT 1',
    )
    .get()
  db.close()
  if (first === undefined) throw new Error('there is no workflow')
  return first
}

function printBytes(databaseFile: string) {
  const db = new Sqlite(databaseFile)
  db.pragma('wal_checkpoint(TRUNCATE)')
  const tables = db
    .prepare<[], { readonly name: string; readonly bytes: number; readonly unused: number }>(
      'SELECT name, sum(pgsize) AS bytes, sum(unused) AS unused FROM dbstat GROUP BY name ORDER BY bytes DESC',
    )
    .all()
  db.close()
  const context = Buffer.byteLength(JSON.stringify(CONTEXT))
  const each = statSync(databaseFile).size / MANY
  print(`\nOn disk: ${(each - context).toFixed(0)} bytes each beyond the ${context} of its context, the file whole`)
  for (const { name, bytes, unused } of tables)
    if (bytes / MANY >= 1) print(row(`  ${name}`, (bytes / MANY).toFixed(0), `unused ${(unused / MANY).toFixed(0)}`))
}

function signed(value: number): string {
  return `${value < 0 ? '' : '+'}${value.toFixed(1)}`
}
