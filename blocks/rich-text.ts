import type {
  KnownBlock,
  PlainTextElement,
  RichTextBlock,
  RichTextBlockElement,
  RichTextElement,
  RichTextSection,
  SectionBlock,
} from '@slack/types'
import { oneLine, realLink, visible } from './escape.ts'

/** Text that somebody else wrote, on one line: never styled, so that it can't pass for a heading. */
export function words(text: string): RichTextElement {
  return { type: 'text', text: nonEmpty(oneLine(text)) }
}

/** Our own text. */
export function say(text: string): RichTextElement {
  return { type: 'text', text }
}

export function bold(text: string): RichTextElement {
  return { type: 'text', text, style: { bold: true } }
}

/** Our own remark on what is or is not shown. */
export function italic(text: string): RichTextElement {
  return { type: 'text', text, style: { italic: true } }
}

/** A name or command to be read letter by letter, on one line. */
export function code(text: string): RichTextElement {
  return { type: 'text', text: nonEmpty(oneLine(text)), style: { code: true } }
}

/** A person by Slack id: this does mention them, so only ids that Slack gave us come here. */
export function person(user: string): RichTextElement {
  return { type: 'user', user_id: user }
}

export function emoji(name: string): RichTextElement {
  return { type: 'emoji', name }
}

/** "@ana", "@ana and @ben", "@ana, @ben and @carol". */
export function people(users: readonly string[]): readonly RichTextElement[] {
  return users.flatMap((user, at) => {
    if (at === 0) return [person(user)]
    return [say(at === users.length - 1 ? ' and ' : ', '), person(user)]
  })
}

/** A link under its real host; anything else than http(s) as text that leads nowhere. */
export function link(url: string): RichTextElement {
  const real = realLink(url)
  return real === null ? words(url) : { type: 'link', url: real.url, text: real.host }
}

export function section(...elements: readonly RichTextElement[]): RichTextSection {
  return { type: 'rich_text_section', elements: [...elements] }
}

/** Somebody else's text, behind the bar that tells it from ours. */
export function quote(text: string): RichTextBlockElement {
  return { type: 'rich_text_quote', elements: [{ type: 'text', text: nonEmpty(visible(text)) }] }
}

export function bullets(items: readonly RichTextSection[]): RichTextBlockElement {
  return { type: 'rich_text_list', style: 'bullet', elements: [...items] }
}

/** Exact text in fixed width, as it is; the caller has made it visible. */
export function preformatted(text: string): RichTextBlockElement {
  return { type: 'rich_text_preformatted', elements: [{ type: 'text', text: nonEmpty(text) }] }
}

export function richText(...elements: readonly RichTextBlockElement[]): RichTextBlock {
  return { type: 'rich_text', elements: [...elements] }
}

/** mrkdwn of our own; `verbatim` keeps Slack from finding links and names in it. */
export function mrkdwn(text: string): SectionBlock {
  return { type: 'section', text: { type: 'mrkdwn', text, verbatim: true } }
}

/** Text in which nothing is interpreted, not even `:tada:`. */
export function plain(text: string): PlainTextElement {
  return { type: 'plain_text', text, emoji: false }
}

export const divider: KnownBlock = { type: 'divider' }

function nonEmpty(text: string): string {
  return text === '' ? '(empty)' : text
}
