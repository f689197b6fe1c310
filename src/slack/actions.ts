import type { View } from '@slack/types'
import type { WebClient } from '@slack/web-api'
import type { Logger } from 'pino'
import { ACTIONS, type CardValue, decodeAttempt, decodeList, decodePage, decodeValue } from '../../blocks/action-ids.ts'
import { approveModal } from '../../blocks/approve-modal.ts'
import { approveWith } from '../../blocks/approve-with.ts'
import { assignModal } from '../../blocks/assign-modal.ts'
import { awayModal } from '../../blocks/away-modal.ts'
import { card } from '../../blocks/card.ts'
import { clarifyModal } from '../../blocks/clarify-modal.ts'
import { contextModal } from '../../blocks/context-modal.ts'
import { delegateModal } from '../../blocks/delegate-modal.ts'
import { denyModal } from '../../blocks/deny-modal.ts'
import { editInputs } from '../../blocks/edit-input.ts'
import { editModal } from '../../blocks/edit-modal.ts'
import { messageModal } from '../../blocks/message-modal.ts'
import { mrkdwn } from '../../blocks/rich-text.ts'
import { rollbackModal } from '../../blocks/rollback-modal.ts'
import { wrongModal } from '../../blocks/wrong-modal.ts'
import type { Act, App, Changed, Click } from '../app/app.ts'

import type { Clock } from '../app/ports.ts'
import { isWaiting } from '../domain/decision.ts'
import type { DecisionView } from '../domain/decision-view.ts'
import type { SettledAs } from '../domain/event.ts'
import { alreadyDecided, type Rejection } from '../domain/rejection.ts'
import { comeBack } from './absence.ts'
import type { Home } from './home.ts'
import { inTime } from './in-time.ts'
import { listMessage } from './lists.ts'
import type { Press } from './parse.ts'
import { explain, NOT_RECORDED, UNKNOWN_DECISION, whyNot } from './refusal.ts'
import type { Whisper } from './whisper.ts'

export type ActionPorts = {
  readonly app: App
  readonly client: WebClient
  readonly clock: Clock
  readonly whisper: Whisper
  readonly home: Home
  /** A link of this person's own to the page of a decision; null: none can be made just now. */
  readonly contextLink: (user: string, decision: string) => Promise<string | null>
  /** A person's own time zone, an IANA name. */
  readonly timeZone: (user: string) => Promise<string>
  readonly log: Logger
}

type Ack = () => Promise<void>

/** A button was pressed: decide, or open what has to be filled in or read first. */
export async function onPress(ports: ActionPorts, press: Press, ack: Ack): Promise<void> {
  switch (press.actionId) {
    case ACTIONS.approve:
      return onApprove(ports, press, ack)
    case ACTIONS.approveUnread:
      return readFirst(ports, press, ack)
    case ACTIONS.edit:
      return openEdit(ports, press, ack)
    case ACTIONS.deny:
      return openModal(ports, press, ack, 'deny', denyModal)
    case ACTIONS.clarify:
      return openModal(ports, press, ack, 'clarify', clarifyModal)
    case ACTIONS.rollBack:
      return openModal(ports, press, ack, 'roll_back', rollbackModal)
    case ACTIONS.context:
      return openContext(ports, press, ack, false)
    case ACTIONS.previousPage:
    case ACTIONS.nextPage:
      return turnPage(ports, press, ack)
    case ACTIONS.open:
      return openAll(ports, press, ack)
    case ACTIONS.previousRows:
    case ACTIONS.nextRows:
      return turnRows(ports, press, ack)
    case ACTIONS.away:
      return openAbsence(ports, press, ack, awayModal)
    case ACTIONS.delegate:
      return openAbsence(ports, press, ack, delegateModal)
    case ACTIONS.back:
      return onBack(ports, press, ack)
    case ACTIONS.assign:
      return openAssign(ports, press, ack)
    case ACTIONS.ran:
      return onSettle(ports, press, ack, 'ran')
    case ACTIONS.didNotRun:
      return onSettle(ports, press, ack, 'did_not_run')
    case ACTIONS.tryAgain:
      return onSettle(ports, press, ack, 'try_again')
    case ACTIONS.askAgain:
      return onAskAgain(ports, press, ack)
    case ACTIONS.right:
      return onRight(ports, press, ack)
    case ACTIONS.wrong:
      return openModal(ports, press, ack, 'judge', wrongModal)
    case ACTIONS.auditContext:
      return openContext(ports, press, ack, 'judge')
    default:
      // A link button, or a button of a card that a newer version drew.
      return ack()
  }
}

async function onApprove(ports: ActionPorts, press: Press, ack: Ack): Promise<void> {
  const value = decodeValue(press.value)
  if (value === null) return ack()
  const view = await ports.app.view(value.decision)
  if (view === null) return refuse(ports, press, ack, UNKNOWN_DECISION)
  switch (approveWith(view)) {
    case 'one_click':
    case 'confirm': // Slack has asked "are you sure?" already.
      return approveNow(ports, press, ack, value)
    case 'reason':
      return openModal(ports, press, ack, 'approve', approveModal)
    case 'full_view':
      return readFirst(ports, press, ack)
  }
}

/** Opens all of it, with Approve at its end. */
function readFirst(ports: ActionPorts, press: Press, ack: Ack): Promise<void> {
  return openModal(ports, press, ack, 'approve', async (view) =>
    contextModal(view, { page: 1, approving: true, now: ports.clock(), link: await linkOf(ports, press, view) }),
  )
}

/** Opens the inputs for what can be changed; a card of an older policy may have the button where nothing can be. */
function openEdit(ports: ActionPorts, press: Press, ack: Ack): Promise<void> {
  return openModal(ports, press, ack, 'edit', (view) =>
    editInputs(view).length === 0
      ? messageModal('Not recorded', 'The policy lets reviewers change nothing here.')
      : editModal(view, ports.clock()),
  )
}

/** Commit first, then acknowledge: a green tick that is not on disk would be a lie. */
async function approveNow(ports: ActionPorts, press: Press, ack: Ack, value: CardValue): Promise<void> {
  const click = { ...value, user: press.user }
  const tell = (work: Promise<Changed>) =>
    work.then(
      (result) => whisperRefusal(ports, press, click, result),
      (error: unknown) => notRecorded(ports, press, error),
    )
  const work = ports.app.approve(click, null)
  const told = tell(work)
  await inTime(work).catch(() => null)
  await ack()
  await told
}

/** Somebody says what became of an execution of which nobody knows. */
async function onSettle(ports: ActionPorts, press: Press, ack: Ack, verdict: SettledAs): Promise<void> {
  const attempt = decodeAttempt(press.value)
  if (attempt === null) return ack()
  return recordNow(ports, press, ack, ports.app.settleExecution(press.user, attempt.decision, verdict, attempt.since))
}

/** Somebody wants what timed out asked again. */
async function onAskAgain(ports: ActionPorts, press: Press, ack: Ack): Promise<void> {
  const value = decodeValue(press.value)
  if (value === null) return ack()
  return recordNow(ports, press, ack, ports.app.askAgain({ ...value, user: press.user }))
}

/** Somebody says that what passed was right. */
async function onRight(ports: ActionPorts, press: Press, ack: Ack): Promise<void> {
  const value = decodeValue(press.value)
  if (value === null) return ack()
  return recordNow(ports, press, ack, ports.app.judge({ ...value, user: press.user }, true, null))
}

/** What somebody said is recorded, and then acknowledged. The message shows it; a refusal is told them alone. */
async function recordNow(ports: ActionPorts, press: Press, ack: Ack, recorded: Promise<Changed>): Promise<void> {
  const work = recorded.then(
    (result) => whyNot(result),
    (error: unknown) => {
      ports.log.error({ err: error }, 'what somebody said could not be recorded')
      return NOT_RECORDED
    },
  )
  await inTime(work)
  await ack()
  const why = await work
  if (why !== null) await ports.whisper(press, why)
}

/** Opens a modal, but only for somebody who may use it: nobody should write a reason that is then refused. */
async function openModal(
  ports: ActionPorts,
  press: Press,
  ack: Ack,
  act: Act,
  draw: (view: DecisionView) => View | Promise<View>,
): Promise<void> {
  const value = decodeValue(press.value)
  if (value === null) return ack()
  const click = { ...value, user: press.user }
  const checked = await inTime(Promise.all([ports.app.view(value.decision), ports.app.refusal(click, act)]))
  await ack()
  const [view, refusal] = checked.late ? await checked.value : checked.value
  if (view === null) return ports.whisper(press, UNKNOWN_DECISION)
  if (refusal !== null) return tellRefusal(ports, press, view, refusal)
  await open(ports, press, await draw(view))
}

/** Only for administrators: nobody should choose somebody who is then refused for their sake. */
async function openAssign(ports: ActionPorts, press: Press, ack: Ack): Promise<void> {
  await ack()
  const value = decodeValue(press.value)
  if (value === null) return
  const [view, refusal] = await Promise.all([ports.app.view(value.decision), ports.app.refusalToAssign(press.user)])
  if (view === null) return ports.whisper(press, UNKNOWN_DECISION)
  if (refusal !== null) return ports.whisper(press, explain(refusal))
  if (!isWaiting(view.decision)) return ports.whisper(press, explain(alreadyDecided(view.decision)))
  await open(ports, press, assignModal(view))
}

async function openContext(ports: ActionPorts, press: Press, ack: Ack, approving: false | 'judge'): Promise<void> {
  await ack()
  const value = decodeValue(press.value)
  if (value === null) return
  // A card stands where its people see it; a row of the App Home may have outlived what its owner may see.
  const view = await (press.view === null
    ? ports.app.view(value.decision)
    : ports.app.viewFor(press.user, value.decision))
  if (view === null) return ports.whisper(press, UNKNOWN_DECISION)
  const link = await linkOf(ports, press, view)
  await open(ports, press, contextModal(view, { page: 1, approving, now: ports.clock(), link }))
}

/** From a row that shows little: all of it, and Approve at its end for those who may. */
async function openAll(ports: ActionPorts, press: Press, ack: Ack): Promise<void> {
  await ack()
  const value = decodeValue(press.value)
  if (value === null) return
  const view = await ports.app.viewFor(press.user, value.decision)
  if (view === null) return ports.whisper(press, UNKNOWN_DECISION)
  const { id, revision } = view.decision
  const approving = await ports.app.couldApprove({ decision: id, revision, user: press.user })
  const link = await linkOf(ports, press, view)
  await open(ports, press, contextModal(view, { page: 1, approving, now: ports.clock(), link }))
}

async function turnRows(ports: ActionPorts, press: Press, ack: Ack): Promise<void> {
  await ack()
  const wanted = decodeList(press.value)
  if (wanted === null) return
  if (press.view !== null) return ports.home.show(press.user, wanted.page)
  await ports.whisper(press, { ...(await listMessage(ports, press.user, wanted)), replaces: press.isPrivate })
}

async function openAbsence(
  ports: ActionPorts,
  press: Press,
  ack: Ack,
  draw: (timeZone: string) => View,
): Promise<void> {
  await ack()
  await open(ports, press, draw(await ports.timeZone(press.user)))
}

async function onBack(ports: ActionPorts, press: Press, ack: Ack): Promise<void> {
  const work = comeBack(ports, press.user)
  await inTime(work)
  await ack()
  await work
}

async function turnPage(ports: ActionPorts, press: Press, ack: Ack): Promise<void> {
  await ack()
  const target = decodePage(press.value)
  if (target === null || press.view === null) return
  const view = await ports.app.view(target.decision)
  if (view === null) return
  const { approving } = target
  // What the pages so far showed is not what this one would go on with: read from the start again.
  const page = target.revision === view.decision.revision ? target.page : 1
  await ports.client.views.update({
    view_id: press.view.id,
    view: contextModal(view, { page, approving, now: ports.clock(), link: await linkOf(ports, press, view) }),
  })
}

function linkOf({ contextLink }: ActionPorts, { user }: Press, { decision }: DecisionView): Promise<string | null> {
  return contextLink(user, decision.id)
}

async function open(ports: ActionPorts, press: Press, view: View): Promise<void> {
  try {
    await ports.client.views.open({ trigger_id: press.trigger, view })
  } catch (error) {
    ports.log.warn({ err: error }, 'could not open a modal')
    await ports.whisper(press, 'Slack could not open the window. Nothing was recorded; please try again.')
  }
}

async function whisperRefusal(ports: ActionPorts, press: Press, click: Click, result: Changed): Promise<void> {
  const why = whyNot(result)
  if (why === null) return press.isPrivate ? redraw(ports, press, click.decision) : undefined
  if (isSecondClick(click, result)) return
  const view = result.kind === 'rejected' ? await ports.app.view(click.decision) : null
  if (view === null || result.kind !== 'rejected') return ports.whisper(press, why)
  await tellRefusal(ports, press, view, result.rejection)
}

/** Why a click did nothing. Who saw parameters that are not those in force any more is shown the card as it is now. */
async function tellRefusal(ports: ActionPorts, press: Press, view: DecisionView, refusal: Rejection): Promise<void> {
  const text = explain(refusal)
  if (refusal.code !== 'outdated_card') return ports.whisper(press, text)
  const { blocks } = card(view, ports.clock())
  await ports.whisper(press, { text, blocks: [mrkdwn(text), ...blocks], replaces: press.isPrivate })
}

/** Delivery keeps cards current, but knows nothing of one that a person was shown privately. */
async function redraw(ports: ActionPorts, press: Press, id: string): Promise<void> {
  const view = await ports.app.view(id)
  if (view !== null) await ports.whisper(press, { ...card(view, ports.clock()), replaces: true })
}

/** Of a double click: the card says already what this person did. */
function isSecondClick({ user }: Click, result: Changed): boolean {
  if (result.kind !== 'rejected' || result.rejection.code !== 'already_decided') return false
  return result.decision.approvals.some((given) => given.user === user)
}

async function notRecorded(ports: ActionPorts, press: Press, error: unknown): Promise<void> {
  ports.log.error({ err: error }, 'an approval could not be recorded')
  await ports.whisper(press, NOT_RECORDED)
}

async function refuse(ports: ActionPorts, press: Press, ack: Ack, why: string): Promise<void> {
  await ack()
  await ports.whisper(press, why)
}
