/**
 * LangGraph.js with its SQLite checkpointer, in a process of its own, called directly: `langgraph.mjs FILE`. Told by
 * IPC how many cycles to keep going at once and for how long.
 */
import { once } from 'node:events'
import process from 'node:process'
import { Annotation, Command, END, interrupt, START, StateGraph } from '@langchain/langgraph'
import { SqliteSaver } from '@langchain/langgraph-checkpoint-sqlite'
import Sqlite from 'better-sqlite3'

const db = new Sqlite(process.argv[2])
const saver = new SqliteSaver(db)
saver.setup()
// On the very connection that writes checkpoints, and asked afterwards: a WAL file opens at NORMAL, which does not sync.
db.pragma('synchronous = FULL')
const journal = db.pragma('journal_mode', { simple: true })
const synchronous = db.pragma('synchronous', { simple: true })
if (journal !== 'wal' || synchronous !== 2)
  throw new Error(`journal_mode ${String(journal)}, synchronous ${String(synchronous)}`)

const Plan = Annotation.Root({ context: Annotation(), approved: Annotation() })
const graph = new StateGraph(Plan)
  .addNode('gate', () => ({ approved: interrupt({ checkpoint: 'before the refund', required_role: 'support_lead' }) }))
  .addEdge(START, 'gate')
  .addEdge('gate', END)
  .compile({ checkpointer: saver })

let threads = 0

/** One thread: to the interrupt, and from there to the end. */
async function cycle(context) {
  threads += 1
  const config = { configurable: { thread_id: `thread-${threads}` }, durability: 'sync' }
  const stopped = await graph.invoke({ context }, config)
  if (stopped.__interrupt__?.length !== 1) throw new Error('LangGraph did not stop at the gate')
  const ended = await graph.invoke(new Command({ resume: true }), config)
  if (ended.approved !== true) throw new Error('LangGraph did not go on from the gate')
}

async function play({ concurrency, ms, context }) {
  const latenciesMs = []
  const cpu = process.cpuUsage()
  const begun = performance.now()
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      while (performance.now() - begun < ms) {
        const at = performance.now()
        await cycle(context)
        latenciesMs.push(performance.now() - at)
      }
    }),
  )
  const seconds = (performance.now() - begun) / 1_000
  const { user, system } = process.cpuUsage(cpu)
  return { seconds, latenciesMs, cpuMs: (user + system) / 1_000 }
}

process.on('disconnect', () => process.exit(0))
process.send({ langgraph: { journal, synchronous, sqlite: db.prepare('SELECT sqlite_version()').pluck().get() } })
for (;;) {
  const [asked] = await once(process, 'message')
  process.send({ played: await play(asked) })
}
