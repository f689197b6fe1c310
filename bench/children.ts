import { type ChildProcess, fork } from 'node:child_process'
import { mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import type { Profiler } from 'node:inspector'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Said, Variant } from './server.ts'
import { createTraffic, type Traffic } from './traffic.ts'

/** A server in a process of its own. */
export type Server = {
  readonly port: number
  readonly traffic: Traffic
  readonly databaseFile: string
  readonly usage: () => Promise<{ readonly cpuMs: number; readonly rssMiB: number }>
  /** Profiles the server's CPU until the returned function is called. */
  readonly profile: () => () => Promise<Profiler.Profile>
  /** Ends the process, and resolves once it has ended. */
  readonly end: () => Promise<void>
}

/** LangGraph.js in a process of its own. */
export type LangGraph = {
  /** Keeps so many cycles going at once: invoked, stopped at an interrupt, resumed to the end. */
  readonly play: (
    concurrency: number,
    ms: number,
    context: unknown,
  ) => Promise<{ readonly seconds: number; readonly latenciesMs: readonly number[]; readonly cpuMs: number }>
}

/** The processes of one run, and the folder they work in. */
export type Stage = {
  readonly folder: string
  /** @param database an existing file; left out: a new one */
  readonly start: (variant: Variant, database?: string) => Promise<Server>
  /** @throws when `bench/peers` is not installed */
  readonly startLangGraph: () => Promise<LangGraph>
  /** Ends every process and removes the folder. */
  readonly end: () => void
}

type Slack = { readonly apiUrl: string; readonly botToken: string; readonly signingSecret: string }

/** Starts Slack. The folder is on the disk that a service would use, not a temporary one that may be memory. */
export async function createStage(): Promise<Stage> {
  const root = fileURLToPath(new URL('../../bench/.data', import.meta.url))
  mkdirSync(root, { recursive: true })
  const folder = mkdtempSync(join(root, 'run-'))
  const children: ChildProcess[] = []
  const spawn = (program: URL, args: readonly string[], env: Readonly<Record<string, string>>): ChildProcess => {
    const log = openSync(join(folder, `${basename(program.pathname)}-${children.length}.log`), 'a')
    const child = fork(fileURLToPath(program), [...args], {
      cwd: folder,
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['ignore', 'ignore', log, 'ipc'],
    })
    children.push(child)
    return child
  }
  const slack = await heard<Slack>(spawn(new URL('slack.js', import.meta.url), [], {}), 'signingSecret')

  return {
    folder,
    start: async (variant, database) => {
      const n = children.length
      const databaseFile = database ?? join(folder, `${n}.db`)
      const child = spawn(new URL('server.js', import.meta.url), [variant], {
        PORT: '0',
        HOST: '127.0.0.1',
        PUBLIC_URL: 'http://countersign.example.com',
        DATABASE_URL: `sqlite:${databaseFile}`,
        SLACK_BOT_TOKEN: slack.botToken,
        SLACK_SIGNING_SECRET: slack.signingSecret,
        SLACK_API_URL: slack.apiUrl,
        AGENT_RATE_LIMIT: '999999', // the limit of one key is not what is measured here
      })
      const { ready } = await heard<Extract<Said, { ready: unknown }>>(child, 'ready')
      return {
        port: ready.port,
        databaseFile,
        traffic: createTraffic(ready.token, slack.signingSecret, `b${n}`),
        usage: async () => {
          child.send('usage')
          return (await heard<Extract<Said, { usage: unknown }>>(child, 'usage')).usage
        },
        profile: () => {
          child.send('profile')
          return async () => {
            child.send('stop')
            return (await heard<Extract<Said, { profile: unknown }>>(child, 'profile')).profile
          }
        },
        end: () =>
          new Promise((resolve) => {
            child.once('exit', () => resolve())
            child.disconnect()
          }),
      }
    },
    startLangGraph: async () => {
      const program = new URL('../../bench/peers/langgraph.mjs', import.meta.url)
      const child = spawn(program, [join(folder, 'langgraph.db')], {})
      await heard<{ readonly langgraph: unknown }>(child, 'langgraph')
      return {
        play: async (concurrency, ms, context) => {
          child.send({ concurrency, ms, context })
          return (await heard<{ readonly played: Awaited<ReturnType<LangGraph['play']>> }>(child, 'played')).played
        },
      }
    },
    end: () => {
      for (const child of children) if (child.connected) child.disconnect()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** The next message of a child that has this field. */
function heard<Message extends object>(child: ChildProcess, field: keyof Message & string): Promise<Message> {
  return new Promise((resolve, reject) => {
    const listen = (message: Message) => {
      if (!(field in message)) return
      child.off('message', listen)
      child.off('exit', ended)
      resolve(message)
    }
    const ended = () => reject(new Error(`${child.spawnargs.slice(1).join(' ')} has ended`))
    child.on('message', listen)
    child.once('exit', ended)
  })
}
