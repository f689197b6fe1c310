import type { Actor } from './event.ts'
import type { Instant } from './time.ts'
import type { WorkflowStep } from './workflow.ts'

/**
 * What happened to a workflow, in order; replaying them gives its state (`evolveWorkflow`). What became of each step is
 * in the events of that step's decision. `sealed` can be erased, as with decisions, and the chain still verifies.
 */
export type WorkflowEvent = { readonly at: Instant; readonly actor: Actor } & (
  | {
      readonly type: 'workflow.started'
      readonly payload: {
        readonly workflow: string
        readonly steps: number
        /** That of the first step, which begins with the workflow. */
        readonly decision: string
        readonly manifestDigest: string
      }
      readonly sealed: {
        readonly name: string | null
        readonly steps: readonly WorkflowStep[]
        readonly context: Readonly<Record<string, unknown>>
        readonly callbackUrl: string | null
        readonly requestedBy: string | null
      }
    }
  | {
      readonly type: 'workflow.step_completed'
      readonly payload: {
        readonly index: number
        readonly outcome: StepOutcome
        /** The Slack id of who approved it; null: nobody had to. */
        readonly reviewer: string | null
      }
      readonly sealed: { readonly notes: string | null; readonly result: unknown }
    }
  | {
      readonly type: 'workflow.step_begun'
      readonly payload: { readonly index: number; readonly decision: string }
      readonly sealed: null
    }
  | {
      readonly type: 'workflow.suspended'
      readonly payload: { readonly because: SuspendedBecause }
      readonly sealed: { readonly reason: string }
    }
  | { readonly type: 'workflow.resumed'; readonly payload: Empty; readonly sealed: null }
  | {
      readonly type: 'workflow.ended'
      readonly payload: { readonly status: EndedStatus; readonly code: EndedCode }
      readonly sealed: { readonly reason: string | null }
    }
  /** What people and agents wrote of it is gone. */
  | { readonly type: 'workflow.erased'; readonly payload: Empty; readonly sealed: null }
)

/** `passed`: a stage gate, which acts on nothing. */
export type StepOutcome = 'auto_approved' | 'human_approved' | 'passed'

/**
 * `paused`: by its agent; `rolled_back`: a step of it is being undone; `frozen`: people have frozen it; `unknown`: nobody
 * knows whether the step's action ran.
 */
export type SuspendedBecause = 'paused' | 'rolled_back' | 'frozen' | 'unknown'

export type EndedStatus = 'completed' | 'failed' | 'denied'

export type EndedCode =
  | 'all_done'
  | 'denied'
  | 'timed_out'
  | 'withdrawn'
  | 'blocked'
  | 'invalid_step'
  | 'execution_failed'
  | 'rolled_back'
  | 'cancelled'

type Empty = Readonly<Record<string, never>>
