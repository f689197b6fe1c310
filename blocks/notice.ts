import type { Notice } from '../src/domain/intent.ts'
import type { Message } from './approval-card.ts'
import { escapeMrkdwn, nameOr } from './escape.ts'
import { manifestChanged, manifestRefused } from './manifest-notice.ts'
import { LEAST, partOnCard, proseOnCard } from './part-on-card.ts'
import { bold, code, emoji, italic, richText, say, section, words } from './rich-text.ts'

/** A message in the operations channel. */
export function notice(told: Notice): Message {
  switch (told.about) {
    case 'blocked_action':
      return blockedAction(told)
    case 'dead_letter':
      return deadLetter(told)
    case 'manifest_changed':
      return manifestChanged(told)
    case 'manifest_refused':
      return manifestRefused(told)
    case 'evidence_run_out':
      return evidenceRunOut(told)
  }
}

function blockedAction({ action, agent, reasons, decision }: Notice & { readonly about: 'blocked_action' }): Message {
  const unknown = reasons.some(({ code }) => code === 'unknown_action')
  const what = section(emoji('no_entry_sign'), bold(' Blocked: '), words(agent), say(' asked for '), words(action))
  const items = reasons.map(({ message }) => ({ title: message, text: null, url: null }))
  const why = partOnCard(
    { kind: 'list', heading: 'Why', one: 'reason', many: 'reasons', items },
    1_500 + LEAST,
    'in the record',
  )
  const next = unknown
    ? 'It stays blocked until somebody classifies this action in the manifest.'
    : 'It stays blocked; the agent has been told.'
  const named = nameOr(action, 'an action with an unusual name')
  return {
    blocks: [
      richText(what),
      ...(items.length === 0 ? [] : [why]),
      richText(section(say(next), italic(`  ${decision}`))),
    ],
    text: `An agent asked for ${named}, which is blocked. ${next}`,
  }
}

function deadLetter({ intent, error }: Notice & { readonly about: 'dead_letter' }): Message {
  const what = section(emoji('warning'), bold(' Slack could not be brought up to date: '), words(intent))
  const next = section(
    say('It will not be tried again by itself. Decisions are not lost; only what Slack shows is behind.'),
  )
  return {
    blocks: [richText(what, ...proseOnCard(error, 1_200, 'in the log'), next)],
    text: `Slack could not be brought up to date after many tries. Decisions are not lost; only what Slack shows is behind.`,
  }
}

function evidenceRunOut({ action, path, why }: Notice & { readonly about: 'evidence_run_out' }): Message {
  const what = section(
    emoji('hourglass'),
    bold(' Needs approval from now on: '),
    code(action),
    say(`, because ${why}.`),
  )
  const next = section(
    say('Renew it in the manifest, under '),
    code(path),
    say(', or leave it: people are asked meanwhile.'),
  )
  return {
    blocks: [richText(what, next)],
    text: `${nameOr(action, 'An action')} needs approval from now on, because ${escapeMrkdwn(why)}.`,
  }
}
