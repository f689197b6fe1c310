import { ACTIONS, CALLBACKS, decodePage, decodeValue } from '../../blocks/action-ids.ts'
import type { App } from '../app/app.ts'
import type { AttemptedAct } from '../domain/attempt.ts'
import { parsePress, parseSubmission } from './parse.ts'

const BUTTONS: ReadonlyMap<string, AttemptedAct> = new Map([
  [ACTIONS.approve, 'approve'],
  [ACTIONS.approveUnread, 'approve'],
  [ACTIONS.edit, 'edit'],
  [ACTIONS.deny, 'deny'],
  [ACTIONS.clarify, 'clarify'],
  [ACTIONS.rollBack, 'roll_back'],
  [ACTIONS.askAgain, 'ask_again'],
  [ACTIONS.right, 'judge'],
  [ACTIONS.wrong, 'judge'],
])
const WINDOWS: ReadonlyMap<string, AttemptedAct> = new Map([
  [CALLBACKS.approve, 'approve'],
  [CALLBACKS.context, 'approve'],
  [CALLBACKS.edit, 'edit'],
  [CALLBACKS.deny, 'deny'],
  [CALLBACKS.clarify, 'clarify'],
  [CALLBACKS.rollBack, 'roll_back'],
  [CALLBACKS.wrong, 'judge'],
])

/** Puts on record that a request which decides something came once more and did nothing; anything else is left alone. */
export function noteTwice(app: Pick<App, 'cameTwice'>, body: unknown): void {
  const press = parsePress(body)
  const submission = press === null ? parseSubmission(body) : null
  const act = press === null ? WINDOWS.get(submission?.callbackId ?? '') : BUTTONS.get(press.actionId)
  const text = press?.value ?? submission?.metadata ?? ''
  const user = press?.user ?? submission?.user
  const about = decodeValue(text) ?? decodePage(text)
  if (act !== undefined && user !== undefined && about !== null) app.cameTwice({ decision: about.decision, user }, act)
}
