import type { Notice } from '../src/domain/intent.ts'
import { ACTIONS, BLOCKS, encodeValue } from './action-ids.ts'
import type { Message } from './approval-card.ts'
import { classifyNotice } from './classify-notice.ts'
import { escapeMrkdwn, nameOr } from './escape.ts'
import { grouped } from './exact-json.ts'
import { freezeLifted, freezeSet } from './freeze-notice.ts'
import { manifestChanged, manifestRefused } from './manifest-notice.ts'
import { overdueNotice } from './overdue-notice.ts'
import { LEAST, partOnCard, proseOnCard } from './part-on-card.ts'
import { inMrkdwn, inRichText, type Phrase } from './phrase.ts'
import { bold, code, emoji, italic, person, plain, richText, say, section, words } from './rich-text.ts'
import { type Picture, weeklyReport } from './weekly-report.ts'
import { date } from './when.ts'

/** A message in the operations channel. */
export function notice(told: Notice, pictures: readonly Picture[] = []): Message {
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
    case 'unassigned':
      return unassigned(told)
    case 'unknown_action':
      return classifyNotice(told)
    case 'rollback_failed':
      return rollbackFailed(told)
    case 'freeze_set':
      return freezeSet(told)
    case 'freeze_lifted':
      return freezeLifted(told)
    case 'overdue':
      return overdueNotice(told)
    case 'audit_root':
      return auditRoot(told)
    case 'weekly_report':
      return weeklyReport(told, pictures)
  }
}

function blockedAction({ action, agent, reasons, decision }: Notice & { readonly about: 'blocked_action' }): Message {
  const what = section(emoji('no_entry_sign'), bold(' Blocked: '), words(agent), say(' asked for '), words(action))
  const items = reasons.map(({ message }) => ({ title: message, text: null, url: null }))
  const why = partOnCard(
    { kind: 'list', heading: 'Why', one: 'reason', many: 'reasons', items },
    1_500 + LEAST,
    'in the record',
  )
  const next = 'It stays blocked; the agent has been told.'
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

function deadLetter(told: Notice & { readonly about: 'dead_letter' }): Message {
  return told.lane === 'systems' ? systemNotTold(told) : slackBehind(told)
}

function systemNotTold({ intent, error }: Notice & { readonly about: 'dead_letter' }): Message {
  const what = section(
    emoji('warning'),
    bold(' Another system was not told, and will not be by itself: '),
    words(intent),
  )
  const next = section(
    say('There may be more today: '),
    code('countersign deliveries list'),
    say(' shows them all, and '),
    code('countersign deliveries replay'),
    say(' tries again.'),
  )
  return {
    blocks: [richText(what, ...proseOnCard(error, 1_200, 'in the log'), next)],
    text: 'Another system was not told something, and will not be by itself. See: countersign deliveries list',
  }
}

function slackBehind({ intent, error }: Notice & { readonly about: 'dead_letter' }): Message {
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

function unassigned(told: Notice & { readonly about: 'unassigned' }): Message {
  const { decision, action, agent, expiresAt } = told
  const what = section(
    emoji('rotating_light'),
    bold(' Nobody left to ask: '),
    words(agent),
    say(' waits for '),
    words(action),
  )
  const state: Phrase = [...whoWasAsked(told), ' It can be decided until ', { at: expiresAt }, ', or it is denied.']
  const next: Phrase = [
    'Whoever may decide it still can, on its card in the channel. Administrators can say here who is asked next.',
  ]
  return {
    blocks: [
      richText(what),
      richText(section(...inRichText(state))),
      richText(section(...inRichText(next), italic(`  ${decision}`))),
      {
        type: 'actions',
        block_id: BLOCKS.buttons,
        elements: [
          {
            type: 'button',
            action_id: ACTIONS.assign,
            text: plain('Assign somebody'),
            // Who is asked does not depend on the parameters.
            value: encodeValue({ decision, revision: 0 }),
          },
        ],
      },
    ],
    text: `Nobody is left to ask about ${nameOr(action, 'an action with an unusual name')}. ${inMrkdwn(state)} ${inMrkdwn(next)}`,
  }
}

function rollbackFailed({
  decision,
  action,
  agent,
  by,
  detail,
}: Notice & { readonly about: 'rollback_failed' }): Message {
  const what = section(
    emoji('rotating_light'),
    bold(' Rollback failed: '),
    words(action),
    say(' of '),
    words(agent),
    say(' is not undone. '),
    person(by),
    say(' had asked for it.'),
  )
  const next = 'It may still be in effect, or half undone: somebody has to look at it.'
  return {
    blocks: [
      richText(what, ...(detail === null || detail.trim() === '' ? [] : proseOnCard(detail, 1_200, 'on its card'))),
      richText(section(say(next), italic(`  ${decision}`))),
    ],
    text: `The rollback of ${nameOr(action, 'an action with an unusual name')}, which <@${by}> had asked for, has failed. ${next}`,
  }
}

/** Where nobody on the host can change it afterwards. */
function auditRoot({ n, at, hash, entries }: Notice & { readonly about: 'audit_root' }): Message {
  const what = section(
    emoji('lock'),
    bold(` Audit root ${grouped(n)}`),
    say(`: ${entries === 1 ? 'the only entry' : `all ${grouped(entries)} entries`} of the audit log as of `),
    date(at),
  )
  const then = section(
    italic('Whoever has this can tell later whether anything before it was changed: '),
    code(`countersign audit verify --root ${hash}`),
  )
  return { blocks: [richText(what, section(code(hash)), then)], text: `Audit root ${n}: ${hash}` }
}

function whoWasAsked({ because, before }: Notice & { readonly about: 'unassigned' }): Phrase {
  if (because === 'nobody_available') return ['Nobody who may decide it is available.']
  if (before === null) return ['Everybody in its channel was asked, and nobody has decided in time.']
  return [{ user: before }, ' was asked last and has not decided in time, but still can.']
}
