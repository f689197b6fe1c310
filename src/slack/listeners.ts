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
    if (press === null) return ack()
    const acknowledge = once(() => ack())
    try {
      await onPress(ports, press, acknowledge)
    } catch (error) {
      ports.log.error({ err: error }, 'a button could not be answered')
      await acknowledge()
      await ports.whisper(press, NOT_RECORDED)
    }
  })
  bolt.view({ callback_id: ANYTHING, type: 'view_submission' }, async ({ body, ack }) => {
    const answer = once((given: ModalAnswer) => {
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

/** Slack takes one answer; what comes later is left out. */
function once<Args extends readonly unknown[]>(answer: (...args: Args) => Promise<void>) {
  let answered = false
  return async (...args: Args): Promise<void> => {
    if (answered) return
    answered = true
    await answer(...args)
  }
}
