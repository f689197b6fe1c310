import type { App as Bolt } from '@slack/bolt'
import { messageModal } from '../../blocks/message-modal.ts'
import { type ActionPorts, onPress } from './actions.ts'
import { type ModalAnswer, onSubmit } from './modals.ts'
import { parsePress, parseSubmission } from './parse.ts'
import { NOT_RECORDED, UNREADABLE } from './refusal.ts'

const ANYTHING = /[\s\S]*/

/** Everything people can do in Slack: every button and every modal comes through here, unknown ones included. */
export function registerListeners(bolt: Bolt, ports: ActionPorts): void {
  bolt.action(ANYTHING, async ({ body, ack }) => {
    const press = parsePress(body)
    const acknowledge = once(ports.log, () => ack())
    if (press === null) {
      ports.log.warn('a button of Slack could not be read, so it did nothing')
      return acknowledge()
    }
    try {
      await onPress(ports, press, acknowledge)
    } catch (error) {
      ports.log.error({ err: error }, 'a button could not be answered')
      await acknowledge()
      await ports.whisper(press, NOT_RECORDED)
    }
  })
  bolt.view({ callback_id: ANYTHING, type: 'view_submission' }, async ({ body, ack }) => {
    const answer = once(ports.log, (given: ModalAnswer) => {
      switch (given.kind) {
        case 'close':
          return ack()
        case 'errors':
          return ack({ response_action: 'errors', errors: { ...given.errors } })
        case 'update':
          return ack({ response_action: 'update', view: given.view })
      }
    })
    const submission = parseSubmission(body)
    // A modal that just closes looks as if it had been recorded.
    if (submission === null) return answer({ kind: 'update', view: messageModal('Not recorded', UNREADABLE) })
    try {
      await onSubmit(ports, submission, answer)
    } catch (error) {
      ports.log.error({ err: error }, 'a modal could not be answered')
      await answer({ kind: 'update', view: messageModal('Not recorded', NOT_RECORDED) })
    }
  })
  bolt.view({ callback_id: ANYTHING, type: 'view_closed' }, async ({ ack }) => ack())
}

/**
 * Slack takes one answer; what comes later is left out. A lost answer is no failure of the act: what was recorded stays
 * recorded, and nobody must be told otherwise.
 */
function once<Args extends readonly unknown[]>(log: ActionPorts['log'], answer: (...args: Args) => Promise<void>) {
  let answered = false
  return async (...args: Args): Promise<void> => {
    if (answered) return
    answered = true
    try {
      await answer(...args)
    } catch (error) {
      log.warn({ err: error }, 'Slack could not be answered')
    }
  }
}
