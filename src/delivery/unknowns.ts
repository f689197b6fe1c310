import type { Store } from '../app/ports.ts'
import type { Checklist } from '../domain/checklist.ts'
import type { DecisionView } from '../domain/decision-view.ts'
import { type UnknownExecution, unknownExecutions } from '../domain/unknown-execution.ts'
import { type WorkflowRef, workflowOf } from '../domain/workflow-ref.ts'
import type { Ask, Trouble } from './ask.ts'
import { createKeep } from './keep.ts'
import type { PutMessage } from './post.ts'
import type { Message, SlackPort } from './slack.ts'
import { DONE, MORE, type Step } from './step.ts'

/** How an execution of which nobody knows looks to operations; `checklist` null: it belongs to no workflow. */
export type RenderUnknown = (view: DecisionView, execution: UnknownExecution, checklist: Checklist | null) => Message

type World = {
  readonly store: Pick<Store, 'posts' | 'savePost'>
  readonly slack: Pick<SlackPort, 'update' | 'history'>
  readonly ask: Ask
  readonly put: PutMessage
  readonly loadChecklist: (ref: WorkflowRef) => Promise<Checklist | null>
  readonly render: RenderUnknown
  /** The operations channel as Slack knows it. */
  readonly channel: (named: string) => Promise<string | Trouble>
  readonly operations: () => string
}

/**
 * Takes the next step towards a message for each execution of a decision of which nobody knows: it asks what became of
 * it, until somebody has said so. Repeating it is harmless.
 */
export function createUnknowns(world: World): (view: DecisionView) => Promise<Step> {
  const { store, loadChecklist, render, channel, operations } = world
  const keep = createKeep(world)
  return async (view) => {
    const subject = view.decision.id
    const ref = workflowOf(view.decision)
    const checklist = ref === null ? null : await loadChecklist(ref)
    const posts = await store.posts(subject)
    for (const execution of unknownExecutions(view.history)) {
      const { version, settled } = execution
      const slot = `unknown ${version}`
      const kept = {
        subject,
        slot,
        version: settled?.version ?? version,
        wanted: settled === null,
        draw: () => render(view, execution, checklist),
      }
      const post = posts.find((each) => each.slot === slot) ?? null
      const taken = await keep(kept, post, async () => {
        const id = await channel(operations())
        return typeof id === 'string' ? { ok: true, value: id } : { ok: false, trouble: id }
      })
      if (taken === 'changed') return MORE
      // The workflow stands still until somebody has said so, which giving up would not change.
      if (taken !== 'as_it_should') return { kind: 'stuck', trouble: taken, open: settled === null }
    }
    return DONE
  }
}
