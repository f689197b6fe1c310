import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const DIST = new URL('../../dist/', import.meta.url)

/** Where the program is. `modules`: the URLs of those that import all others. */
export type Program = { readonly main: string; readonly modules: readonly string[] }

/** As `npm run build` leaves it. */
const BUILT: Program = {
  main: fileURLToPath(new URL('src/cli/main.js', DIST)),
  modules: ['src/cli/program.js', 'src/compose.js'].map((path) => new URL(path, DIST).href),
}

/** Loads all modules of the program and waits; then Node goes on with the program itself, as ever. */
function holding({ modules }: Program): string {
  const imports = modules.map((url) => `await import(${JSON.stringify(url)})\n`).join('')
  return `data:text/javascript,${encodeURIComponent(`${imports}for await (const _ of process.stdin);`)}`
}

export type Ended = { readonly code: number | null; readonly signal: NodeJS.Signals | null }

/** `countersign ...` as a process of its own. */
export type Child = {
  readonly pid: number
  readonly stdout: () => string
  readonly stderr: () => string
  readonly ended: Promise<Ended>
  /** Sends a signal that ends nothing. */
  readonly signal: (signal: NodeJS.Signals) => void
  /** Sends the signal and waits for the end. */
  readonly end: (signal: NodeJS.Signals) => Promise<Ended>
  /** The first line on stderr that `pattern` fits. @throws with all that was printed when the process ends without it */
  readonly printed: (pattern: RegExp) => Promise<RegExpExecArray>
}

/** Starts the built program. It sees `env` and PATH only, and `cwd` keeps it away from any `.env` file. */
export function runMain(args: readonly string[], env: Readonly<Record<string, string>>, cwd: string): Child {
  const { release, ...child } = spawnNode([BUILT.main, ...args], env, cwd)
  release()
  return child
}

/**
 * The same, but only its modules are loaded before `release`: that is most of a start, touches nothing, and can be done
 * while another process is still at work.
 */
export function holdMain(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd: string,
  program: Program = BUILT,
): HeldChild {
  return spawnNode(['--import', holding(program), program.main, ...args], env, cwd)
}

type HeldChild = Child & { readonly release: () => void }

function spawnNode(words: readonly string[], env: Readonly<Record<string, string>>, cwd: string): HeldChild {
  const child = spawn(process.execPath, words, {
    cwd,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const said = { stdout: '', stderr: '' }
  const listeners = new Set<() => void>()
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.stderr += text
    for (const listener of listeners) listener()
  })
  const ended = once(child, 'close').then((): Ended => ({ code: child.exitCode, signal: child.signalCode }))
  return {
    pid: child.pid ?? 0,
    release: () => void child.stdin.end(),
    stdout: () => said.stdout,
    stderr: () => said.stderr,
    ended,
    signal: (signal) => void child.kill(signal),
    end: (signal) => {
      child.kill(signal)
      return ended
    },
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = pattern.exec(said.stderr)
          if (found === null) return
          listeners.delete(look)
          resolve(found)
        }
        listeners.add(look)
        look()
        void ended.then(() => reject(new Error(`it ended without ${String(pattern)}:\n${said.stderr}${said.stdout}`)))
      }),
  }
}
