import type { Urgency } from './manifest.ts'
import type { StageGate } from './stage-gate.ts'

/**
 * A validated decision request, as an agent sent it (field names of the HTTP API). The first six fields are always
 * there; `confidence` is 0..1; `expires_in_seconds` can only shorten the manifest's timeout.
 */
export type Proposal = {
  readonly action: string
  readonly parameters: Readonly<Record<string, unknown>>
  readonly confidence: number
  readonly confidence_basis: string
  readonly uncertainty_factors: readonly string[]
  readonly recommended_review: boolean
  readonly urgency: Urgency
  readonly rationale?: string | undefined
  readonly expected_outcome?: string | undefined
  readonly if_denied?: string | undefined
  readonly evidence?: readonly Evidence[] | undefined
  readonly requested_by?: string | undefined
  readonly agent_version?: string | undefined
  readonly workflow?: WorkflowPosition | undefined
  readonly checkpoint?: unknown
  readonly callback_url?: string | undefined
  readonly expires_in_seconds?: number | undefined
  /** Set where a workflow stops for people and no action is proposed. No agent can send it with a decision. */
  readonly gate?: StageGate | undefined
}

/** One piece of evidence: a title, and a text, a link, or both. */
export type Evidence = {
  readonly title: string
  readonly text?: string | undefined
  readonly url?: string | undefined
}

/** Where in a multi-step plan the decision stands; steps count from 0. */
export type WorkflowPosition = {
  readonly id: string
  readonly step_index: number
  readonly completed_steps: readonly CompletedStep[]
  readonly context: Readonly<Record<string, unknown>>
}

export type CompletedStep = {
  readonly action: string
  readonly summary?: string | undefined
}
