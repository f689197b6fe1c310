import type { RichTextBlock, RichTextElement } from '@slack/types'
import type { Notice } from '../src/domain/intent.ts'
import type { ManifestChange } from '../src/domain/manifest-diff.ts'
import type { Message } from './approval-card.ts'
import { clipped } from './limits.ts'
import { proseOnCard } from './part-on-card.ts'
import { bold, bullets, code, emoji, italic, richText, say, section, words } from './rich-text.ts'
import { date } from './when.ts'

/** What changes take of the message at most: more is no longer read there, and Slack takes about 10,000. */
const MOST = { changes: 25, characters: 5_000, each: 500 } as const

/** A bullet takes about as much of the screen as this many characters. */
const LINE = 60

/** Those that people should look at first come first. */
const GROUPS: readonly { readonly effect: ManifestChange['effect']; readonly heading: string }[] = [
  { effect: 'looser', heading: 'Looser: people are asked less often, or fewer of them' },
  { effect: 'stricter', heading: 'Stricter: people are asked more often, or more of them' },
  { effect: null, heading: 'Also changed' },
]

/** Another manifest is in force: by whom, since when, and what is different. */
export function manifestChanged({
  from,
  to,
  on,
  at,
  changes,
}: Notice & { readonly about: 'manifest_changed' }): Message {
  const looser = changes.filter(({ effect }) => effect === 'looser').length
  const how = on === 'reload' ? 'when the service was told to read it again' : 'when the service started'
  const inShort = countOf(changes.length, looser)
  const opened = 'Decisions that are open keep their own terms; who may decide them follows the new manifest.'
  return {
    blocks: [
      richText(
        section(emoji('scroll'), bold(' The manifest has changed'), say(`: ${inShort} (`), date(at), say(`, ${how}).`)),
      ),
      ...listed(changes),
      richText(
        section(italic(opened)),
        section(say('Was '), code(shortDigest(from)), say(', is now '), code(shortDigest(to)), say('.')),
      ),
    ],
    text: `The manifest has changed: ${inShort}.`,
  }
}

/** Files with errors were not taken over. */
export function manifestRefused({
  inForce,
  at,
  errors,
  first,
}: Notice & { readonly about: 'manifest_refused' }): Message {
  const count = errors === 1 ? '1 error' : `${errors} errors`
  const title = section(
    emoji('warning'),
    bold(' The manifest was not taken over'),
    say(`: the files had ${count} (`),
    date(at),
    say(errors === 1 ? '):' : '). The first:'),
  )
  const next = section(
    say('What was in force stays in force: '),
    code(shortDigest(inForce)),
    say('. The log has every error; '),
    code('countersign manifest check'),
    say(' shows them before the next try.'),
  )
  return {
    blocks: [richText(title, ...proseOnCard(first, 1_200, 'in the log')), richText(next)],
    text: `The manifest was not taken over: the files had ${count}. What was in force stays in force.`,
  }
}

/** A block for each kind of change, and a line that counts what did not fit. */
function listed(changes: readonly ManifestChange[]): readonly RichTextBlock[] {
  const blocks: RichTextBlock[] = []
  let shown = 0
  let left: number = MOST.characters
  for (const { effect, heading } of GROUPS) {
    const fitting = changes.filter((change) => {
      if (change.effect !== effect || shown >= MOST.changes) return false
      left -= Math.min(change.message.length, MOST.each) + LINE
      if (left < 0) return false
      shown += 1
      return true
    })
    if (fitting.length > 0) blocks.push(richText(section(bold(heading)), bullets(fitting.map(bulletOf))))
  }
  if (shown === changes.length) return blocks
  const rest = italic(`and ${changes.length - shown} more: `)
  return [...blocks, richText(section(rest, code('countersign manifest diff'), italic(' shows all of them')))]
}

/** Names the action or role it is about, unless its sentence does. */
function bulletOf({ path, message }: ManifestChange) {
  const [, name] = path.split(/[.[]/)
  const named = name === undefined || message.includes(`\`${name}\``) || path.startsWith('defaults.')
  const text = withCode(clipped(message, MOST.each))
  return section(...(named ? [] : [code(name), say(': ')]), ...text)
}

/** A sentence of ours in which names stand between backticks. */
function withCode(sentence: string): readonly RichTextElement[] {
  return sentence
    .split('`')
    .map((part, at) => ({ part, isCode: at % 2 === 1 }))
    .filter(({ part }) => part !== '')
    .map(({ part, isCode }) => (isCode ? code(part) : words(part)))
}

function countOf(count: number, looser: number): string {
  const all = count === 1 ? '1 change' : `${count} changes`
  if (looser === 0) return all
  return looser === count
    ? `${all}, which ${count === 1 ? 'loosens' : 'loosen'} it`
    : `${all}, ${looser} of them looser`
}

// Enough to tell two manifests apart; the audit log has them whole.
function shortDigest(digest: string): string {
  return clipped(digest, 'sha256:'.length + 13)
}
