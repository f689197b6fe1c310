import type { App as Bolt } from '@slack/bolt'
import { type ActionPorts, onPress } from './actions.ts'
import { onSubmit } from './modals.ts'
import { parsePress, parseSubmission } from './parse.ts'

const ANYTHING = /[\s\S]*/

/** Everything people can do in Slack: every button and every modal comes through here, unknown ones included. */
export function registerListeners(bolt: Bolt, ports: ActionPorts): void {
  bolt.action(ANYTHING, async ({ body, ack }) => {
    const press = parsePress(body)
    if (press === null) return ack()
    await onPress(ports, press, () => ack())
  })
  bolt.view({ callback_id: ANYTHING, type: 'view_submission' }, async ({ body, ack }) => {
    const submission = parseSubmission(body)
    if (submission === null) return ack()
    await onSubmit(ports, submission, (answer) => {
      switch (answer.kind) {
        case 'close':
          return ack()
        case 'errors':
          return ack({ response_action: 'errors', errors: { ...answer.errors } })
        case 'update':
          return ack({ response_action: 'update', view: answer.view })
      }
    })
  })
  bolt.view({ callback_id: ANYTHING, type: 'view_closed' }, async ({ ack }) => ack())
}
