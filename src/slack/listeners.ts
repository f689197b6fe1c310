import type { App as Bolt } from '@slack/bolt'
import { ACTIONS } from '../../blocks/action-ids.ts'
import { messageModal } from '../../blocks/message-modal.ts'
import { type ActionPorts, onPress } from './actions.ts'
import { onCommand } from './commands.ts'
import type { Identity } from './identity.ts'
import { onMention } from './mentions.ts'
import type { ModalAnswer } from './modal-answer.ts'
import { onSubmit } from './modals.ts'
import { parseChange, parseMention, parseOpened, parsePress, parseSubmission, parseTyped } from './parse.ts'
import { NOT_ANSWERED, NOT_RECORDED, UNREADABLE } from './refusal.ts'
import type { SlackReviewers } from './reviewers.ts'

const ANYTHING = /[\s\S]*/

type Ports = ActionPorts &
  Pick<SlackReviewers, 'changed'> & {
    /** Who the bot is; null while Slack does not say. */
    readonly identity: () => Promise<Identity | null>
  }

/**
 * Everything people can do in Slack: every button and every modal comes through here, unknown ones included; the slash
 * command, what is said to the bot, the App Home, and what Slack tells of people.
 */
export function registerListeners(bolt: Bolt, ports: Ports): void {
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
    if (press.view?.type === 'home' && !isTurn(press.actionId)) await ports.home.show(press.user, null)
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
    await ports.home.refresh(submission.user)
  })
  bolt.view({ callback_id: ANYTHING, type: 'view_closed' }, async ({ ack }) => ack())
  registerWords(bolt, ports)
  bolt.event('app_home_opened', async ({ event }) => {
    const user = parseOpened(event)
    if (user !== null) await ports.home.show(user, 1)
  })
  registerChanges(bolt, ports)
}

/** What people type: the slash command, and what they say to the bot. */
function registerWords(bolt: Bolt, ports: Ports): void {
  bolt.command(ANYTHING, async ({ body, ack }) => {
    await once(ports.log, () => ack())()
    const typed = parseTyped(body)
    if (typed === null) return ports.log.warn('a command of Slack could not be read')
    try {
      await onCommand(ports, typed)
    } catch (error) {
      ports.log.error({ err: error }, 'a command could not be answered')
      await ports.whisper(typed, NOT_ANSWERED)
    }
  })
  bolt.event('app_mention', async ({ event }) => {
    const mention = parseMention(event)
    if (mention === null) return
    try {
      await onMention(ports, mention)
    } catch (error) {
      ports.log.error({ err: error }, 'what somebody said to the bot could not be answered')
      await ports.whisper(mention, NOT_RECORDED)
    }
  })
}

/** What Slack tells of people and user groups, so that it counts at once. */
export function registerChanges(
  bolt: Bolt,
  { changed, log }: Pick<SlackReviewers, 'changed'> & Pick<ActionPorts, 'log'>,
): void {
  for (const name of ['subteam_members_changed', 'subteam_updated', 'user_change'] as const)
    bolt.event(name, async ({ event }) => {
      const change = parseChange(event)
      if (change === null) return log.warn({ event: name }, 'an event of Slack could not be read')
      changed(change)
    })
}

/** A page of the Home was turned, which shows it already. */
function isTurn(actionId: string): boolean {
  return actionId === ACTIONS.previousRows || actionId === ACTIONS.nextRows
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
