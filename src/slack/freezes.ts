import { escapeMrkdwn, oneLine } from '../../blocks/escape.ts'
import { dateMrkdwn } from '../../blocks/when.ts'
import type { App } from '../app/app.ts'
import type { UnknownSubject } from '../app/freeze.ts'
import { type Freeze, type FreezeSubject, subjectWords } from '../domain/freeze.ts'
import { nearest } from './nearest.ts'

type FreezePorts = { readonly app: Pick<App, 'freeze' | 'unfreeze'> }

/** Freezes for a person. @returns what they are told of it, as mrkdwn */
export async function freeze(
  { app }: FreezePorts,
  user: string,
  subject: FreezeSubject,
  reason: string,
): Promise<string> {
  const done = await app.freeze(user, subject, reason)
  switch (done.kind) {
    case 'frozen':
      return `Frozen: ${subjectMrkdwn(subject)}. New requests are blocked, and open ones cannot be approved, until an administrator lifts it with ${inCode(`/approvals unfreeze ${subjectWords(subject)} because …`)}.`
    case 'frozen_already':
      return `It is frozen already, and that stays as it is.\n${frozenMrkdwn(done.freeze)}`
    case 'unknown':
      return unknownText(subject, done)
    case 'refused':
      return `Nothing was frozen. ${done.rejection.message}`
  }
}

/** Lifts a freeze for a person. @returns what they are told of it, as mrkdwn */
export async function unfreeze(
  { app }: FreezePorts,
  user: string,
  subject: FreezeSubject,
  reason: string,
): Promise<string> {
  const done = await app.unfreeze(user, subject, reason)
  switch (done.kind) {
    case 'lifted':
      return `No longer frozen: ${subjectMrkdwn(subject)}. Its cards are as before.`
    case 'not_frozen': {
      if (done.frozen.length === 0) return 'Nothing was changed: nothing is frozen.'
      const what = subject.kind === 'all' ? 'not everything is frozen' : `${subjectMrkdwn(subject)} is not frozen`
      return `Nothing was changed: ${what}. This is:\n${done.frozen.slice(0, MOST).map(frozenMrkdwn).join('\n')}`
    }
    case 'refused':
      return `Nothing was changed. ${done.rejection.message}`
  }
}

const MOST = 10

/** One freeze in a line: what, who, since when and why. */
export function frozenMrkdwn({ subject, by, at, reason }: Freeze): string {
  const who = by.kind === 'person' ? `<@${by.user}>` : 'an operator at the command line'
  return `:snowflake: ${subjectMrkdwn(subject)}, by ${who} since ${dateMrkdwn(at)}: ${inCode(reason)}`
}

function unknownText(subject: FreezeSubject, { names }: UnknownSubject): string {
  if (subject.kind === 'all') return 'Nothing was frozen.'
  const best = nearest(subject.name, names)
  const meant = best === null ? '' : ` Did you mean ${inCode(best)}?`
  const where = subject.kind === 'action' ? 'the manifest has no action' : 'there is no agent'
  return `Nothing was frozen: ${where} ${inCode(subject.name)}.${meant}`
}

function subjectMrkdwn(subject: FreezeSubject): string {
  return subject.kind === 'all' ? 'everything' : `the ${subject.kind} ${inCode(subject.name)}`
}

/** Somebody's words where only mrkdwn can be: in code nothing is interpreted but the backtick that ends it. */
export function inCode(text: string): string {
  return `\`${escapeMrkdwn(oneLine(text).replaceAll('`', "'"))}\``
}
