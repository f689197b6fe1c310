import { type CardValue, INPUTS } from '../../blocks/action-ids.ts'
import { needsNote } from '../../blocks/approve-with.ts'
import { type EditInput, editInputs, MOST_INPUTS } from '../../blocks/edit-input.ts'
import { messageModal } from '../../blocks/message-modal.ts'
import type { FieldFault } from '../app/ports.ts'
import type { ActionPorts } from './actions.ts'
import { answerTo, type ModalAnswer } from './modal-answer.ts'
import type { Submission } from './parse.ts'
import { explain, UNKNOWN_DECISION } from './refusal.ts'

/**
 * Approves with what was typed into the inputs of a modal. What is wrong stands under the input that it is about; what the
 * policy refuses stands in the modal's place.
 */
export async function approveWithChanges(
  { app }: Pick<ActionPorts, 'app'>,
  submission: Submission,
  { decision, revision }: CardValue,
): Promise<ModalAnswer> {
  const click = { decision, revision, user: submission.user }
  const [view, refusal] = await Promise.all([app.view(decision), app.refusal(click, 'edit')])
  // Asked first: inputs for other parameters than the person saw would read something else from what they typed.
  if (refusal !== null) return notRecorded(explain(refusal))
  if (view === null) return notRecorded(UNKNOWN_DECISION)
  const inputs = editInputs(view).slice(0, MOST_INPUTS)
  const entered = inputs.flatMap((input) => {
    // What the window did not ask for was not emptied.
    const text = submission.values.get(input.block.block_id)?.text
    return text === undefined ? [] : [{ input, read: input.read(text) }]
  })
  const faults = entered.flatMap(({ input, read }) =>
    read.kind === 'fault' ? [[input.block.block_id, read.why] as const] : [],
  )
  if (faults.length > 0) return { kind: 'errors', errors: Object.fromEntries(faults) }
  const values = Object.fromEntries(
    entered.flatMap(({ input, read }) => (read.kind === 'value' ? [[input.name, read.value] as const] : [])),
  )
  const would = await app.edited(click, values)
  const first = inputs[0]?.block.block_id ?? INPUTS.note
  if (would.kind === 'invalid') return { kind: 'errors', errors: faultsByInput(inputs, would.faults, first) }
  if (would.kind === 'rejected' && would.rejection.code === 'nothing_changed')
    return { kind: 'errors', errors: { [first]: would.rejection.message } }
  if (would.kind !== 'edited') return answerTo(would)
  const note = textIn(submission, INPUTS.note)
  // A change can bring it where a reason is asked for.
  if (needsNote(would.view) && note === '') return { kind: 'errors', errors: { [INPUTS.note]: WHY } }
  const result = await app.approveEdited(click, values, note === '' ? null : note)
  if (result.kind === 'invalid') return { kind: 'errors', errors: faultsByInput(inputs, result.faults, first) }
  return answerTo(result)
}

const WHY = 'Please say why you approve this with these changes: it stays on record.'

function notRecorded(why: string): ModalAnswer {
  return { kind: 'update', view: messageModal('Not recorded', why) }
}

function textIn({ values }: Submission, input: string): string {
  return values.get(input)?.text ?? ''
}

/** What the schema refuses, under its input; what is about no input, such as what parameters must be together, under the first. */
function faultsByInput(
  inputs: readonly EditInput[],
  faults: readonly FieldFault[],
  first: string,
): Record<string, string> {
  const errors: Record<string, string> = {}
  for (const { pointer, message } of faults) {
    const input = inputs.find(({ name }) => isWithin(pointer, name))
    const at = input?.block.block_id ?? first
    // What stands under an input is plain text, and has room for one sentence.
    errors[at] ??= message.replaceAll('`', '')
  }
  return errors
}

function isWithin(pointer: string, name: string): boolean {
  const at = `/parameters/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
  return pointer === at || pointer.startsWith(`${at}/`)
}
