import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { ReloadResult } from './policy/reload.ts'

/** What an operator watches, beside what the HTTP edge adds of its own. */
export type Metrics = {
  readonly registry: Registry
  readonly slackCalled: (method: string, outcome: string, ms: number) => void
  readonly deadLetter: (kind: string) => void
  /** An agent was told at its callback address; `outcome`: ok, or why it was not taken. */
  readonly webhookSent: (type: string, outcome: string) => void
  /** A sweep has ended; `at` in ms since the epoch. */
  readonly swept: (changed: number, at: number) => void
  /** A root covers all of the audit log; `at` in ms since the epoch. */
  readonly rooted: (at: number) => void
  /** The digest of the manifest that routes from now on. */
  readonly manifestInForce: (digest: string) => void
  readonly reloaded: (result: ReloadResult) => void
  /** So many decisions were erased because they ended long ago. */
  readonly erased: (decisions: number) => void
}

export function createMetrics(): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const slackCalls = new Histogram({
    name: 'countersign_slack_call_seconds',
    help: 'How long calls of Slack took, by method and outcome (ok, or the code of the failure).',
    labelNames: ['method', 'outcome'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  })
  const deadLetters = new Counter({
    name: 'countersign_dead_letters_total',
    help: 'What Slack should show, or another system be told, and was given up on, by kind.',
    labelNames: ['kind'],
    registers,
  })
  const webhooks = new Counter({
    name: 'countersign_webhooks_total',
    help: 'Tries to tell agents at their callback address, by type and outcome (ok, or why it was not taken).',
    labelNames: ['type', 'outcome'],
    registers,
  })
  const sweepChanged = new Counter({
    name: 'countersign_sweep_changed_total',
    help: 'Decisions that a sweep has ended or set going again.',
    registers,
  })
  const sweepAt = new Gauge({
    name: 'countersign_sweep_last_timestamp_seconds',
    help: 'When the last sweep ended. An alarm should ring when this stands still.',
    registers,
  })
  const rootAt = new Gauge({
    name: 'countersign_audit_root_last_timestamp_seconds',
    help: 'When a root last covered all of the audit log. An alarm should ring when this stands still.',
    registers,
  })
  const manifestInfo = new Gauge({
    name: 'countersign_manifest_info',
    help: 'Always 1; `digest` is that of the manifest in force.',
    labelNames: ['digest'],
    registers,
  })
  const reloads = new Counter({
    name: 'countersign_manifest_reloads_total',
    help: 'How often the manifest was read again, by result (taken_over, unchanged, refused, failed).',
    labelNames: ['result'],
    registers,
  })
  const erasures = new Counter({
    name: 'countersign_erased_total',
    help: 'Decisions of which the words were erased, since they ended longer ago than retention_days say.',
    registers,
  })
  return {
    registry,
    slackCalled: (method, outcome, ms) => slackCalls.observe({ method, outcome }, ms / 1_000),
    deadLetter: (kind) => deadLetters.inc({ kind }),
    webhookSent: (type, outcome) => webhooks.inc({ type, outcome }),
    swept: (changed, at) => {
      sweepChanged.inc(changed)
      sweepAt.set(at / 1_000)
    },
    rooted: (at) => rootAt.set(at / 1_000),
    manifestInForce: (digest) => {
      manifestInfo.reset()
      manifestInfo.set({ digest }, 1)
    },
    reloaded: (result) => reloads.inc({ result }),
    erased: (decisions) => erasures.inc(decisions),
  }
}
