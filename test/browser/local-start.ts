import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** `npm start` as a stranger runs it: no Slack token, an empty folder for the data, its own free ports. */
export type LocalStart = {
  readonly pageUrl: string
  readonly apiUrl: string
  readonly key: string
  /** What it printed for people to read. */
  readonly welcome: string
  readonly stop: () => Promise<void>
  /** Stops it and starts it again on the same data. */
  readonly restart: () => Promise<LocalStart>
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

export async function startLocally(folder = mkdtempSync(join(tmpdir(), 'countersign-'))): Promise<LocalStart> {
  const env = {
    PATH: process.env['PATH'],
    HOME: process.env['HOME'],
    PORT: '0',
    WORKSPACE_PORT: '0',
    DATABASE_URL: `sqlite:${join(folder, 'countersign.db')}`,
    MANIFESTS_DIR: join(ROOT, 'manifests'),
  }
  // Not in the project's folder: a developer's own .env must not change what is tested.
  const child = spawn(process.execPath, [join(ROOT, 'dist/src/cli/main.js'), 'start'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const errors: string[] = []
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString()))
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const end = async () => {
    child.kill('SIGTERM')
    await exited
  }
  const welcome = await new Promise<string>((resolve, reject) => {
    let text = ''
    child.stdout.on('data', (chunk: Buffer) => {
      text += chunk.toString()
      if (text.includes('Stop with Ctrl+C')) resolve(text)
    })
    void exited.then(() => reject(new Error(`it ended before it was ready:\n${errors.join('')}`)))
  })
  return {
    welcome,
    pageUrl: wanted(/Open\s+(http:\S+)/, welcome),
    apiUrl: wanted(/(http:\S+)\/v1\/decisions/, welcome),
    key: wanted(/Bearer (csk_\w+[-\w]*)/, welcome),
    restart: async () => {
      await end()
      return startLocally(folder)
    },
    stop: async () => {
      await end()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function wanted(pattern: RegExp, text: string): string {
  const found = pattern.exec(text)?.[1]
  if (found === undefined) throw new Error(`${String(pattern)} is not in:\n${text}`)
  return found
}
