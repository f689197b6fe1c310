import type { Button, KnownBlock, RichTextBlockElement } from '@slack/types'
import type { Checklist } from '../src/domain/checklist.ts'
import type { DecisionView } from '../src/domain/decision-view.ts'
import type { SettledAs } from '../src/domain/event.ts'
import type { UnknownExecution } from '../src/domain/unknown-execution.ts'
import { ACTIONS, BLOCKS, encodeAttempt, encodeValue } from './action-ids.ts'
import type { Message } from './approval-card.ts'
import { actName, spokenAct } from './approve-with.ts'
import { parametersBlock } from './card-top.ts'
import { oneLine } from './escape.ts'
import { ACCESSIBILITY_LABEL, clipped } from './limits.ts'
import { proseOnCard } from './part-on-card.ts'
import { inMrkdwn, inRichText, type Phrase } from './phrase.ts'
import { bold, code, emoji, italic, plain, richText, say, section, words } from './rich-text.ts'
import { date } from './when.ts'

/**
 * An execution of which nobody knows, for operations: what was sent, when, what was heard, and the three things that an
 * administrator may say. Afterwards who said what, without the buttons.
 */
export function unknownNotice(view: DecisionView, execution: UnknownExecution, checklist: Checklist | null): Message {
  const { settled } = execution
  const act = clipped(actName(view), 300)
  const title = section(emoji('grey_question'), bold(' Nobody knows whether this ran: '), words(act))
  const head = richText(title, section(...planWords(view, checklist)), ...sentLines(view, execution))
  const parameters = parametersBlock(view, 'open Full context to read them')
  if (settled !== null)
    return {
      blocks: [head, parameters, richText(section(emoji('memo'), say(' '), ...inRichText(saidPhrase(settled))))],
      text: `${spokenAct(view)}: ${inMrkdwn(saidPhrase(settled))}`,
    }
  return {
    blocks: [head, parameters, richText(section(say(WHAT_NEXT))), buttons(view, execution)],
    text: `Nobody knows whether this ran: ${spokenAct(view)}. ${WHAT_NEXT}`,
  }
}

const WHAT_NEXT =
  'The plan stands still until an administrator has looked in the other system and says here what became of it.'

function planWords({ decision }: DecisionView, checklist: Checklist | null) {
  const { run } = decision
  const step = run === null ? [] : [say(`Step ${run.step} of the plan `)]
  const name = checklist?.name ?? run?.workflow ?? ''
  const id = checklist?.name == null ? [] : [say(' ('), code(checklist.ref.id), say(')')]
  return [
    ...step,
    words(clipped(oneLine(name), 150)),
    ...id,
    say('  ·  '),
    words(clipped(oneLine(decision.agent), 130)),
    italic(`  ${decision.id}`),
  ]
}

function sentLines(
  { decision, policy }: DecisionView,
  { startedAt, at, error }: UnknownExecution,
): readonly RichTextBlockElement[] {
  const { run } = decision
  const to = policy?.executor == null ? [] : [say(' to '), code(clipped(policy.executor.url, 300))]
  const under = run === null ? [] : [say(' under the key '), code(`${run.workflow}/${run.step}`)]
  const sent = startedAt === null ? [say('Sent')] : [say('First sent '), date(startedAt)]
  const heard =
    error === null || error.trim() === '' ? [section(italic('no answer'))] : proseOnCard(error, 900, 'in Full context')
  return [section(...sent, ...to, ...under, say('. Given up '), date(at), say('. What was heard:')), ...heard]
}

/** "@dana said today at 10:50 that it ran. The plan goes on." */
function saidPhrase({ by, at, verdict }: NonNullable<UnknownExecution['settled']>): Phrase {
  const { said, follows } = SAID[verdict]
  return [{ user: by }, ` ${said}, `, { at }, `. ${follows}`]
}

const SAID: Readonly<Record<SettledAs, { readonly said: string; readonly follows: string }>> = {
  ran: { said: 'said that it ran', follows: 'The plan has gone on from there.' },
  did_not_run: { said: 'said that it did not run', follows: 'The plan has ended as failed.' },
  try_again: { said: 'had it tried again', follows: 'It was executed once more, under the same key.' },
}

function buttons(view: DecisionView, { at }: UnknownExecution): KnownBlock {
  const { id, revision } = view.decision
  const act = actName(view)
  const settling = (actionId: string, label: string, what: string): Button => ({
    type: 'button',
    action_id: actionId,
    text: plain(label),
    value: encodeAttempt({ decision: id, since: at }),
    accessibility_label: clipped(`${label}: ${act}`, ACCESSIBILITY_LABEL),
    confirm: { title: plain(`${label}?`), text: plain(what), confirm: plain(label), deny: plain('Not yet') },
  })
  const context: Button = {
    type: 'button',
    action_id: ACTIONS.context,
    text: plain('Full context'),
    value: encodeValue({ decision: id, revision }),
    accessibility_label: clipped(`Full context: ${act}`, ACCESSIBILITY_LABEL),
  }
  return {
    type: 'actions',
    block_id: BLOCKS.buttons,
    elements: [
      settling(ACTIONS.ran, 'It ran', 'The step then counts as done, and the plan goes on with the next one.'),
      settling(ACTIONS.didNotRun, 'It did not run', 'The step then counts as failed, which ends the plan.'),
      settling(
        ACTIONS.tryAgain,
        'Try again',
        'It is sent once more under the same key. If it ran already, a system that does not know the key does it twice.',
      ),
      context,
    ],
  }
}
