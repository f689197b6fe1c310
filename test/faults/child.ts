import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url))

export type Ended = { readonly code: number | null; readonly signal: NodeJS.Signals | null }

/** `countersign ...` as a process of its own. */
export type Child = {
  readonly stdout: () => string
  readonly stderr: () => string
  readonly ended: Promise<Ended>
  /** Sends the signal and waits for the end. */
  readonly end: (signal: NodeJS.Signals) => Promise<Ended>
  /** The first line on stderr that `pattern` fits. @throws with all that was printed when the process ends without it */
  readonly printed: (pattern: RegExp) => Promise<RegExpExecArray>
}

/** Starts the built program. It sees `env` and PATH only, and `cwd` keeps it away from any `.env` file. */
export function runMain(args: readonly string[], env: Readonly<Record<string, string>>, cwd: string): Child {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd,
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
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
    stdout: () => said.stdout,
    stderr: () => said.stderr,
    ended,
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
