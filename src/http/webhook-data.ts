import type { WorkflowView } from '../app/app.ts'
import type { Decision } from '../domain/decision.ts'
import { decisionJson } from './decision-json.ts'
import { workflowJson } from './workflow-json.ts'

/** What a webhook is about, as the API shows it, without its grant: that is for who asks for it. @param publicUrl without a slash at its end */
export function decisionData(decision: Decision, publicUrl: string) {
  return { decision: decisionJson(decision, publicUrl, null, null) }
}

/** The same of a workflow. */
export function workflowData(view: WorkflowView, publicUrl: string) {
  return { workflow: workflowJson(view, publicUrl) }
}
