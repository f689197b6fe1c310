import type { Run } from './event.ts'
import type { Proposal } from './proposal.ts'

/**
 * Which workflow something belongs to. `agent` null: Countersign carries it out, and its id is the only one of its kind.
 * Otherwise that agent carries it out itself and tells of it; another agent may use the same id for another.
 */
export type WorkflowRef = { readonly id: string; readonly agent: string | null }

/** The workflow that a decision is a step of; null: it is of none. */
export function workflowOf(step: {
  readonly run: Run | null
  readonly agent: string
  readonly proposal: Proposal
}): WorkflowRef | null {
  const { run, agent, proposal } = step
  if (run !== null) return { id: run.workflow, agent: null }
  return proposal.workflow === undefined ? null : { id: proposal.workflow.id, agent }
}

/** Names one workflow among all: two refs with one key are the same. */
export function workflowKey({ id, agent }: WorkflowRef): string {
  return agent === null ? `workflow ${id}` : `workflow of an agent ${JSON.stringify([agent, id])}`
}
