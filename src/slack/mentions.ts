import { approveWith, needsNote } from '../../blocks/approve-with.ts'
import { grouped } from '../../blocks/exact-json.ts'
import { INPUT_TEXT } from '../../blocks/limits.ts'
import type { Changed, Click } from '../app/app.ts'
import type { ActionPorts } from './actions.ts'
import { MENTION_HELP } from './help.ts'
import type { Identity } from './identity.ts'
import type { Mention } from './parse.ts'
import { explain, UNKNOWN_DECISION, whyNot } from './refusal.ts'
import { parseVerb, type Verb } from './verb.ts'

type Deed = Exclude<Verb, { readonly kind: 'help' | 'misread' }>

type MentionPorts = Pick<ActionPorts, 'app' | 'whisper'> & { readonly identity: () => Promise<Identity | null> }

/**
 * Somebody spoke to the bot. In a card's thread it does what the card's buttons do, under the same checks; the card and
 * its thread show that it did. Everything else, and every refusal, is answered privately.
 */
export async function onMention(ports: MentionPorts, mention: Mention): Promise<void> {
  const why = await answer(ports, mention)
  if (why !== null) await ports.whisper(mention, why)
}

/** null: it is done, and the card shows it. */
async function answer({ app, identity }: MentionPorts, mention: Mention): Promise<string | null> {
  const { user, channel, head, text } = mention
  const at = head === null ? null : await app.cardAt(channel, head)
  if (at === null || at.kind === 'none') return MENTION_HELP
  const us = await identity()
  if (us === null) return 'Slack does not say just now who I am, so nothing was recorded. Please try again.'
  const verb = parseVerb(text, us.user)
  if (verb.kind === 'help') return MENTION_HELP
  if (verb.kind === 'misread') return verb.why
  switch (at.kind) {
    case 'card':
      return act(app, { ...at.card, user }, verb)
    case 'rows':
      return WHICH_ROW
    case 'workflow': {
      const [card, ...others] = await app.cardsOf(at.key, verb.kind === 'roll back' ? 'roll_back' : 'decide')
      if (card === undefined) return verb.kind === 'roll back' ? NO_ROLLBACK : NO_STEP
      return others.length > 0 ? WHICH_STEP : act(app, { ...card, user }, verb)
    }
  }
}

async function act(app: MentionPorts['app'], click: Click, verb: Deed): Promise<string | null> {
  switch (verb.kind) {
    case 'approve':
      return approve(app, click, verb.note)
    case 'deny':
      return written(verb.reason, (text) => app.deny(click, text))
    case 'roll back':
      return written(verb.reason, (text) => app.rollBack(click, text))
    case 'ask':
      return written(verb.question, (text) => app.clarify(click, text))
  }
}

const WHICH_ROW =
  'Nothing was recorded: several requests stand on this card, and nobody can tell which of them a message in its thread is about. Press the buttons of the row you mean, or decide in the direct message that asks you.'

const NO_ROLLBACK = 'Nothing was recorded: no step of this plan can be rolled back just now.'
const NO_STEP = 'Nothing was recorded: no step of this plan waits for anybody just now.'
const WHICH_STEP =
  'Nothing was recorded: several cards of this plan could be meant, and nobody can tell which of them a message in its thread is about. Press the buttons of the card you mean.'

async function approve(app: MentionPorts['app'], click: Click, note: string | null): Promise<string | null> {
  const refusal = await app.refusal(click, 'approve')
  if (refusal !== null) return explain(refusal)
  const view = await app.view(click.decision)
  if (view === null) return UNKNOWN_DECISION
  if (approveWith(view) === 'full_view')
    return 'Nothing was approved: its parameters do not fit on the card, so they have to be read first. Press Approve on the card, which opens them.'
  if (needsNote(view) && note === null)
    return 'Nothing was approved: this takes a reason. Say `approve because` and your reason.'
  return note === null ? whyNot(await app.approve(click, null)) : written(note, (text) => app.approve(click, text))
}

/** As long as in a modal: the card and the record hold no more. */
async function written(text: string, act: (text: string) => Promise<Changed>): Promise<string | null> {
  if (text.length > INPUT_TEXT)
    return `Nothing was recorded: that is longer than ${grouped(INPUT_TEXT)} characters. Please say it shorter.`
  return whyNot(await act(text))
}
