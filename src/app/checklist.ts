import { type Checklist, checklistOf, checklistTold, MOST_DECISIONS } from '../domain/checklist.ts'
import { policyOf } from '../domain/stage-gate.ts'
import { isGate, stepName } from '../domain/workflow.ts'
import { type WorkflowRef, workflowKey } from '../domain/workflow-ref.ts'
import type { Policies, Store } from './ports.ts'

type ChecklistPorts = {
  readonly store: Pick<Store, 'workflow' | 'workflowDecisions'>
  readonly policies: Policies
}

/** A workflow as people read it, each step in the words of the manifest in force; null where there is none. */
export async function checklist({ store, policies }: ChecklistPorts, ref: WorkflowRef): Promise<Checklist | null> {
  const manifest = policies.current()
  const { last, count } = await store.workflowDecisions(workflowKey(ref), MOST_DECISIONS)
  if (ref.agent === null) {
    const workflow = await store.workflow(ref.id)
    if (workflow === null) return null
    const decision = last.find(({ id }) => id === workflow.decision) ?? null
    return checklistOf(workflow, decision, last, (step) =>
      isGate(step) ? step.checkpoint : (policyOf(manifest, step)?.description ?? stepName(step)),
    )
  }
  return checklistTold(ref, last, count, ({ proposal }) => policyOf(manifest, proposal)?.description ?? proposal.action)
}
