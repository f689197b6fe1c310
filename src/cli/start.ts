import { closeSync, openSync } from 'node:fs'
import type { Command } from 'commander'
import type { Logger } from 'pino'
import type { Countersign } from '../compose.ts'
import { createLog } from '../log.ts'
import { loadManifest } from '../policy/load.ts'
import { formatProblems } from '../policy/problem.ts'
import { manifestsDir, readSettings } from './settings.ts'
import { version } from './version.ts'

/** `countersign start` */
export function addStartCommand(program: Command): void {
  program
    .command('start')
    .description('Run the service. Without Slack tokens it brings a local workspace to try it in.')
    .action(async () => {
      const followHangups = rememberHangups()
      const running = await start()
      if (running === null) process.exitCode = 1
      else followHangups(running.reload, stopOnSignals(running))
    })
}

async function start(): Promise<Countersign | null> {
  const config = readSettings()
  // The manifest is read even so: an operator wants to know everything that is wrong at once.
  const loaded = loadManifest(config?.manifestsDir ?? manifestsDir())
  const problems = loaded.ok ? loaded.warnings : loaded.problems
  if (problems.length > 0) process.stderr.write(formatProblems(problems))
  if (!loaded.ok)
    process.stderr.write(
      '\nCountersign cannot start with this manifest: an error in a policy could approve what nobody meant to.\n',
    )
  if (config === null || !loaded.ok) return null
  const log = createLog(config)
  surviveForgottenPromises(log)
  try {
    // The service's libraries take half a second to load; the other commands do without them.
    const { startCountersign } = await import('../compose.ts')
    const running = await startCountersign({ config, manifest: loaded.manifest, version: version(), log })
    log.info(
      { pid: process.pid, port: running.port, manifest: loaded.manifest.digest, slack: config.slack.mode },
      'Countersign is running',
    )
    if (running.local !== null) process.stdout.write(welcome(running.port, running.local))
    return running
  } catch (error) {
    log.debug({ err: error }, 'start failed')
    process.stderr.write(`Countersign cannot start. ${error instanceof Error ? error.message : String(error)}\n`)
    return null
  }
}

/** A last resort: a library's forgotten promise must not take the service down. What is recorded is on disk. */
function surviveForgottenPromises(log: Logger): void {
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'a promise failed that nobody waited for'))
}

/** @returns what the signals do */
function stopOnSignals(running: Countersign): () => void {
  let stopping = false
  const stop = () => {
    if (stopping) process.exit(1)
    stopping = true
    void running.stop().then(() => process.exit(0))
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  return stop
}

/**
 * SIGHUP reads the manifest again; one that came during the start is made up as soon as it is over. A terminal that is
 * closed sends it as well, and then nobody could stop the service there any more: it stops by itself.
 * @returns tells what to do
 */
function rememberHangups(): (reload: () => Promise<void>, stop: () => void) => void {
  const inTerminal = process.stdin.isTTY && hasTerminal()
  let early = false
  let onHangup = (): void => {
    early = true
  }
  process.on('SIGHUP', () => onHangup())
  return (reload, stop) => {
    onHangup = () => {
      if (inTerminal && !hasTerminal()) stop()
      else void reload()
    }
    if (early) onHangup()
  }
}

/** Is there a terminal that this process belongs to? */
function hasTerminal(): boolean {
  try {
    closeSync(openSync('/dev/tty', 'r'))
    return true
  } catch {
    return false
  }
}

function welcome(port: number, { pageUrl, developmentKey }: NonNullable<Countersign['local']>): string {
  return `
  Countersign is running with a local workspace: it looks like Slack, but is not Slack.

  Open     ${pageUrl}
           Act as Ana to decide the refund, as Carol to decide the e-mail, as Dana to roll back the cloud resource.

  Ask for an approval, as an agent would:

    curl -sS http://127.0.0.1:${port}/v1/decisions \\
      -H 'Authorization: Bearer ${developmentKey}' \\
      -H 'Content-Type: application/json' \\
      -H "Idempotency-Key: $(date +%s)" \\
      -d '{
        "action": "process_refund",
        "parameters": {"order_id": "A-1", "customer_id": "c-9", "amount_usd": 75},
        "confidence": 0.8, "confidence_basis": "matched the order and the policy",
        "rationale": "The parcel was lost", "expected_outcome": "75 USD back on the card",
        "if_denied": "The customer waits for the carrier"
      }'

  and wait for the answer with the id it prints:

    curl -sS 'http://127.0.0.1:${port}/v1/decisions/ID?wait=60' \\
      -H 'Authorization: Bearer ${developmentKey}'

  Stop with Ctrl+C.
`
}
