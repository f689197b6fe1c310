import { type AlertWindow, toldAt } from './alert-window.ts'
import type { ExhaustedBecause } from './event.ts'
import type { Freeze, Freezer, FreezeSubject } from './freeze.ts'
import type { ManifestChange } from './manifest-diff.ts'
import type { ParameterShape } from './parameter-shape.ts'
import type { Reason } from './route.ts'
import type { ReadOn } from './service-event.ts'
import type { Instant } from './time.ts'
import type { WebhookType } from './webhook.ts'
import type { WeeklyReport } from './weekly-report.ts'
import { workflowKey, workflowOf } from './workflow-ref.ts'

/**
 * A row of the outbox: what Slack should be made to show. Never a payload: delivery renders the state as it is when it
 * sends, so that a retry is harmless and several changes become one message.
 */
export type Intent =
  /** Every copy of the decision's card, and its thread, shows the decision as it stands. */
  | { readonly kind: 'card.sync'; readonly decision: string }
  /** Every direct message about the decision shows it as it stands: to who is asked, was asked, or is to be reminded. */
  | { readonly kind: 'copies.sync'; readonly decision: string }
  /** The message that heads a workflow's thread, if there is one, shows the workflow as it stands. `agent`: see `WorkflowRef`. */
  | { readonly kind: 'workflow.sync'; readonly workflow: string; readonly agent: string | null }
  /** Operations are asked about each execution of the decision of which nobody knows, and see what was said of it. */
  | { readonly kind: 'unknown.sync'; readonly decision: string }
  /** People are asked whether an automatic approval was right. */
  | { readonly kind: 'audit.sync'; readonly decision: string }
  /** One message in the operations channel, once for each `key`, ever. */
  | { readonly kind: 'notice.post'; readonly key: string; readonly notice: Notice }
  /** One message in the operations channel about what passed in the window; a decision submitted with it is counted there. */
  | { readonly kind: 'alerts.post'; readonly window: AlertWindow }
  /** A workflow takes its next step, as far as it can. */
  | { readonly kind: 'workflow.advance'; readonly workflow: string }
  /** A workflow goes no further: a step of it is being rolled back. */
  | { readonly kind: 'workflow.halt'; readonly workflow: string; readonly decision: string }
  /** The action's executor is asked to execute an approved decision. */
  | { readonly kind: 'executor.call'; readonly decision: string }
  /** The system behind the action's `rollback.url` is asked to undo what a decision allowed. */
  | { readonly kind: 'rollback.call'; readonly decision: string }
  /** The system that the action names is asked what a person wants to know. */
  | { readonly kind: 'clarify.call'; readonly decision: string; readonly clarification: string }
  /** The agent is told at its `callback_url`. `subject`: a decision or workflow; `version`: as the event left it. */
  | {
      readonly kind: 'webhook.send'
      readonly subject: string
      readonly version: number
      readonly type: WebhookType
      readonly at: Instant
    }
  /** A signed root of the audit log is sent to `AUDIT_ROOT_URL`. */
  | { readonly kind: 'root.send'; readonly root: number }

/** What the operations channel is told. */
export type Notice =
  | {
      readonly about: 'blocked_action'
      readonly decision: string
      readonly action: string
      readonly agent: string
      readonly reasons: readonly Reason[]
    }
  | {
      readonly about: 'unknown_action'
      readonly decision: string
      readonly action: string
      readonly agent: string
      readonly parameters: readonly ParameterShape[]
      /** How many parameters it has besides these. */
      readonly otherParameters: number
      /** Who could decide it, once it is classified. */
      readonly role: string
      /** The manifest says what each agent may propose, so that it has to be named there as well. */
      readonly agentsListed: boolean
    }
  | {
      readonly about: 'dead_letter'
      readonly intent: string
      readonly error: string
      /** `systems`: the first one of its kind that day; absent: Slack's. */
      readonly lane?: 'systems'
    }
  | {
      readonly about: 'manifest_changed'
      readonly from: string
      readonly to: string
      readonly on: ReadOn
      readonly at: Instant
      readonly changes: readonly ManifestChange[]
    }
  | {
      readonly about: 'manifest_refused'
      readonly inForce: string
      readonly at: Instant
      /** Errors; warnings refuse nothing. */
      readonly errors: number
      /** The first of them, with file, line and column. */
      readonly first: string
    }
  | {
      readonly about: 'evidence_run_out'
      readonly action: string
      /** `actions.process_refund.accepted_risk.until` */
      readonly path: string
      /** Which evidence, and when it ran out. */
      readonly why: string
    }
  | {
      readonly about: 'unassigned'
      readonly decision: string
      readonly action: string
      readonly agent: string
      readonly because: ExhaustedBecause
      /** Who was asked last, and still may decide; null: nobody. */
      readonly before: string | null
      readonly expiresAt: Instant
    }
  | {
      readonly about: 'rollback_failed'
      readonly decision: string
      readonly action: string
      readonly agent: string
      /** Who had asked for it. */
      readonly by: string
      /** As it was reported. */
      readonly detail: string | null
    }
  | {
      readonly about: 'freeze_set'
      readonly subject: FreezeSubject
      readonly by: Freezer
      readonly at: Instant
      readonly reason: string
    }
  | {
      readonly about: 'freeze_lifted'
      /** What was in force until then. */
      readonly freeze: Freeze
      readonly by: Freezer
      readonly at: Instant
      readonly reason: string
    }
  | {
      readonly about: 'audit_root'
      readonly n: number
      readonly at: Instant
      readonly hash: string
      /** How many entries the audit log had then, in all. */
      readonly entries: number
    }
  | ({ readonly about: 'weekly_report' } & WeeklyReport)
  | {
      readonly about: 'overdue'
      readonly at: Instant
      /** How many open requests nobody has decided by their deadline. */
      readonly total: number
      /** Those whose deadline passed first. */
      readonly requests: readonly OverdueRequest[]
    }

export type OverdueRequest = {
  readonly decision: string
  readonly action: string
  readonly agent: string
  readonly role: string
  /** Who is asked in person; null: everybody who holds the role. */
  readonly reviewer: string | null
  /** When it should have been decided. */
  readonly deadline: Instant
  /** When it is denied. */
  readonly expiresAt: Instant
}

/** What keeps the head of a workflow's thread current when this step of it has changed; empty: it is of no workflow. */
export function headIntents(step: Parameters<typeof workflowOf>[0]): readonly Intent[] {
  const ref = workflowOf(step)
  return ref === null ? [] : [{ kind: 'workflow.sync', workflow: ref.id, agent: ref.agent }]
}

/** Two intents with one key are one: card syncs coalesce, a notice is posted once. */
export function intentKey(intent: Intent): string {
  switch (intent.kind) {
    case 'card.sync':
    case 'copies.sync':
    case 'unknown.sync':
    case 'audit.sync':
    case 'executor.call':
    case 'rollback.call':
      return `${intent.kind} ${intent.decision}`
    case 'workflow.sync':
      return `workflow.sync ${workflowKey({ id: intent.workflow, agent: intent.agent })}`
    case 'notice.post':
      return `notice.post ${intent.key}`
    case 'workflow.advance':
      return `workflow.advance ${intent.workflow}`
    case 'clarify.call':
      return `clarify.call ${intent.decision} ${intent.clarification}`
    case 'workflow.halt':
      return `workflow.halt ${intent.workflow} ${intent.decision}`
    case 'webhook.send':
      return `webhook.send ${intent.subject} ${intent.version} ${intent.type}`
    case 'root.send':
      return `root.send ${intent.root}`
    case 'alerts.post':
      return `alerts.post ${intent.window.every} ${intent.window.until}`
  }
}

/** Who takes an intent on: what Slack shows, or what other systems are asked to do. One never waits for the other. */
export type Lane = 'slack' | 'systems'

export function laneOf({ kind }: Intent): Lane {
  switch (kind) {
    case 'card.sync':
    case 'copies.sync':
    case 'workflow.sync':
    case 'unknown.sync':
    case 'audit.sync':
    case 'notice.post':
    case 'alerts.post':
      return 'slack'
    case 'workflow.advance':
    case 'workflow.halt':
    case 'executor.call':
    case 'rollback.call':
    case 'clarify.call':
    case 'webhook.send':
    case 'root.send':
      return 'systems'
  }
}

/** When delivery may begin with an intent that is written now. */
export function sendAt(intent: Intent, now: Instant): Instant {
  return intent.kind === 'alerts.post' ? toldAt(intent.window) : now
}
