import type { Clock, Store } from '../app/ports.ts'
import type { Notice } from '../domain/intent.ts'
import type { Loaded } from './load.ts'
import type { PoliciesInForce } from './policies.ts'
import { type Problem, problemLine } from './problem.ts'
import { putInForce } from './put-in-force.ts'

/** `refused`: the files have errors. `failed`: they could not be read or recorded; nothing is wrong with the policy. */
export type ReloadResult = 'taken_over' | 'unchanged' | 'refused' | 'failed'

type ReloadPorts = {
  /** Reads the manifest's files as they are now. */
  readonly load: () => Loaded
  readonly policies: PoliciesInForce
  readonly store: Pick<Store, 'putInForce' | 'addIntents'>
  readonly clock: Clock
  readonly log: Readonly<Record<'info' | 'warn' | 'error', (details: object, message: string) => void>>
  /** Called after each try. */
  readonly tried: (result: ReloadResult) => void
}

export type Reload = {
  /**
   * Takes over the files as they are now, or keeps the manifest in force and says why. Asked for while one is under way
   * it reads once more after that, however often it was asked: the last state of the files wins. Never rejects.
   */
  readonly reload: () => Promise<void>
  /** Begins nothing more and finishes what is under way. */
  readonly stop: () => Promise<void>
}

/** Changes the manifest in force while the service runs. A manifest with an error never replaces a good one. */
export function createReload(ports: ReloadPorts): Reload {
  let stopped = false
  let asked = false
  let running: Promise<void> | null = null

  const goesOn = () => asked && !stopped

  async function run(): Promise<void> {
    while (goesOn()) {
      asked = false
      ports.tried(await takeOver(ports))
    }
    running = null
  }

  return {
    reload: () => {
      asked = true
      running ??= run()
      return running
    },
    stop: async () => {
      stopped = true
      await running
    },
  }
}

async function takeOver(ports: ReloadPorts): Promise<ReloadResult> {
  const { load, policies, log } = ports
  const inForce = policies.current().digest
  try {
    const loaded = load()
    if (!loaded.ok) return await refuse(ports, loaded.problems)
    for (const warning of loaded.warnings) log.warn(placeOf(warning), problemLine(warning))
    const { manifest } = loaded
    const event = await putInForce(ports, manifest, 'reload')
    // Only now: no decision may record a manifest that a crash would lose.
    policies.adopt(manifest)
    if (event === null) {
      log.info({ manifest: manifest.digest }, 'The manifest was read again; it is the one in force')
      return 'unchanged'
    }
    const { from, to, changed } = event.payload
    log.info({ from, to, changes: changed }, 'The manifest was read again; a new one is in force')
    return 'taken_over'
  } catch (error) {
    log.error(
      { err: error, manifest: inForce },
      'The manifest could not be taken over; the one before stays in force. Send SIGHUP again once the reason is gone',
    )
    return 'failed'
  }
}

async function refuse({ policies, store, clock, log }: ReloadPorts, problems: readonly Problem[]): Promise<'refused'> {
  const inForce = policies.current().digest
  const errors = problems.filter(({ severity }) => severity === 'error')
  for (const problem of problems) {
    if (problem.severity === 'error') log.error(placeOf(problem), problemLine(problem))
    else log.warn(placeOf(problem), problemLine(problem))
  }
  log.error(
    { manifest: inForce, errors: errors.length },
    'The manifest was read again and has errors, so it was not taken over; the one before stays in force',
  )
  const [first] = errors
  const now = clock()
  const notice: Notice = {
    about: 'manifest_refused',
    inForce,
    at: now,
    errors: errors.length,
    first: first === undefined ? '' : problemLine(first),
  }
  await store.addIntents([{ kind: 'notice.post', key: `manifest_refused ${now}`, notice }], now)
  return 'refused'
}

function placeOf({ code, path }: Problem): object {
  return { code, path }
}
