import type { View } from '@slack/types'
import { CALLBACKS, type CardValue, decodePage, decodeValue, INPUTS } from '../../blocks/action-ids.ts'
import { needsNote } from '../../blocks/approve-with.ts'
import { contextModal } from '../../blocks/context-modal.ts'
import { messageModal } from '../../blocks/message-modal.ts'
import type { Changed } from '../app/app.ts'
import { isWaiting } from '../domain/decision.ts'
import type { Rejection } from '../domain/rejection.ts'
import { delegate, goAway, type Told } from './absence.ts'
import type { ActionPorts } from './actions.ts'
import { approveWithChanges } from './edit.ts'
import { inTime } from './in-time.ts'
import { answerTo, type ModalAnswer } from './modal-answer.ts'
import type { Submission } from './parse.ts'
import { explain, NOT_RECORDED, UNKNOWN_DECISION } from './refusal.ts'

type Ack = (answer: ModalAnswer) => Promise<void>

/** A modal was submitted: its act is recorded before the modal closes. */
export async function onSubmit(ports: ActionPorts, submission: Submission, ack: Ack): Promise<void> {
  switch (submission.callbackId) {
    case CALLBACKS.deny:
      return withText(
        ports,
        submission,
        ack,
        INPUTS.reason,
        'Please say why: the agent is told your reason.',
        (value, text) => ports.app.deny({ ...value, user: submission.user }, text),
      )
    case CALLBACKS.clarify:
      return withText(
        ports,
        submission,
        ack,
        INPUTS.question,
        'Please write your question to the agent.',
        (value, text) => ports.app.clarify({ ...value, user: submission.user }, text),
      )
    case CALLBACKS.rollBack:
      return withText(
        ports,
        submission,
        ack,
        INPUTS.reason,
        'Please say why: whoever has to undo it is told your reason.',
        (value, text) => ports.app.rollBack({ ...value, user: submission.user }, text),
      )
    case CALLBACKS.wrong: {
      const value = decodeValue(submission.metadata)
      if (value === null) return ack({ kind: 'update', view: messageModal('Not recorded', UNKNOWN_DECISION) })
      const note = textOf(submission, INPUTS.note)
      const click = { ...value, user: submission.user }
      return record(ports, submission, ack, ports.app.judge(click, false, note === '' ? null : note))
    }
    case CALLBACKS.approve:
      return withText(
        ports,
        submission,
        ack,
        INPUTS.note,
        'Please say why you approve: it stays on record.',
        (value, text) => ports.app.approve({ ...value, user: submission.user }, text),
      )
    case CALLBACKS.edit: {
      const value = decodeValue(submission.metadata)
      if (value === null) return ack({ kind: 'update', view: messageModal('Not recorded', UNKNOWN_DECISION) })
      return answerInTime(ports, submission, ack, approveWithChanges(ports, submission, value))
    }
    case CALLBACKS.context:
      return approveFromContext(ports, submission, ack)
    case CALLBACKS.away: {
      const until = textOf(submission, INPUTS.until)
      return answerInTime(ports, submission, ack, absenceAnswer(goAway(ports, submission.user, until)))
    }
    case CALLBACKS.assign: {
      const [value, to] = [decodeValue(submission.metadata), textOf(submission, INPUTS.to)]
      if (value === null) return ack({ kind: 'update', view: messageModal('Not recorded', UNKNOWN_DECISION) })
      if (to === '') return ack({ kind: 'errors', errors: { [INPUTS.to]: 'Please choose somebody.' } })
      return answerInTime(ports, submission, ack, assigned(ports.app.assignByHand(submission.user, value.decision, to)))
    }
    case CALLBACKS.delegate: {
      const [to, until] = [textOf(submission, INPUTS.to), textOf(submission, INPUTS.until)]
      if (to === '') return ack({ kind: 'errors', errors: { [INPUTS.to]: 'Please choose somebody.' } })
      return answerInTime(ports, submission, ack, absenceAnswer(delegate(ports, submission.user, to, until)))
    }
    default:
      return ack({ kind: 'close' })
  }
}

async function withText(
  ports: ActionPorts,
  submission: Submission,
  ack: Ack,
  input: string,
  missing: string,
  act: (value: CardValue, text: string) => Promise<Changed>,
): Promise<void> {
  const value = decodeValue(submission.metadata)
  if (value === null) return ack({ kind: 'update', view: messageModal('Not recorded', UNKNOWN_DECISION) })
  const typed = submission.values.get(input)
  if (typed === undefined || typed.text === '')
    return ack({ kind: 'errors', errors: { [typed?.block ?? input]: missing } })
  return record(ports, submission, ack, act(value, typed.text))
}

async function approveFromContext(ports: ActionPorts, submission: Submission, ack: Ack): Promise<void> {
  const target = decodePage(submission.metadata)
  const view = target === null ? null : await ports.app.view(target.decision)
  if (target === null || view === null)
    return ack({ kind: 'update', view: messageModal('Not recorded', UNKNOWN_DECISION) })
  // Only the last page carries the submit button: a forged submission of another page approves nothing. Nor does one
  // whose pages have grown since; closing would look as if it had. Too late or outdated, the application says so itself.
  const link = await ports.contextLink(submission.user, target.decision)
  const page = contextModal(view, { ...target, now: ports.clock(), link })
  const current = isWaiting(view.decision) && target.revision === view.decision.revision
  if (target.approving === false || (current && page.submit === undefined)) return ack({ kind: 'update', view: page })
  if (target.approving === 'changes')
    return answerInTime(ports, submission, ack, approveWithChanges(ports, submission, target))
  const typed = submission.values.get(INPUTS.note)
  if (needsNote(view) && (typed === undefined || typed.text === ''))
    return ack({
      kind: 'errors',
      errors: { [typed?.block ?? INPUTS.note]: 'Please say why you approve: it stays on record.' },
    })
  const note = typed === undefined || typed.text === '' ? null : typed.text
  return record(ports, submission, ack, ports.app.approve({ ...target, user: submission.user }, note))
}

/** Closes the modal once the act is on disk; says so in the modal when it was refused or takes longer. */
async function record(ports: ActionPorts, submission: Submission, ack: Ack, work: Promise<Changed>): Promise<void> {
  return answerInTime(ports, submission, ack, work.then(answerTo))
}

async function assigned(work: Promise<Rejection | null>): Promise<ModalAnswer> {
  const refusal = await work
  if (refusal === null) return { kind: 'close' }
  return { kind: 'update', view: messageModal('Not recorded', explain(refusal)) }
}

async function absenceAnswer(work: Promise<Told>): Promise<ModalAnswer> {
  const told = await work
  if (told.ok) return { kind: 'update', view: messageModal('Recorded', told.text) }
  // What stands under an input is plain text.
  return { kind: 'errors', errors: { [INPUTS[told.wrong]]: told.why.replaceAll('`', '') } }
}

function textOf({ values }: Submission, input: string): string {
  return values.get(input)?.text ?? ''
}

async function answerInTime(
  ports: ActionPorts,
  submission: Submission,
  ack: Ack,
  work: Promise<ModalAnswer>,
): Promise<void> {
  const answered = work.catch((error: unknown): ModalAnswer => {
    ports.log.error({ err: error }, 'what a modal submitted could not be recorded')
    return { kind: 'update', view: messageModal('Not recorded', NOT_RECORDED) }
  })
  const first = await inTime(answered)
  if (!first.late) return ack(first.value)
  await ack({
    kind: 'update',
    view: messageModal(
      'Not recorded',
      'Not recorded yet: this takes longer than usual. This window tells you when it is done.',
    ),
  })
  await ports.client.views.update({ view_id: submission.viewId, view: lateView(await first.value) })
}

/** What the window says that has waited for the answer. */
function lateView(answer: ModalAnswer): View {
  switch (answer.kind) {
    case 'close':
      return messageModal('Recorded', 'This is recorded. You can close this window.')
    case 'update':
      return answer.view
    case 'errors':
      return messageModal('Not recorded', Object.values(answer.errors).join(' '))
  }
}
