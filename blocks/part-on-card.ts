import type { KnownBlock, RichTextBlockElement, RichTextElement } from '@slack/types'
import { visible } from './escape.ts'
import { grouped } from './exact-json.ts'
import { beginning } from './limits.ts'
import type { Item, Listing, Part } from './request-parts.ts'
import { bold, bullets, italic, link, quote, richText, section, words } from './rich-text.ts'

/** A line break takes about as much of the screen as this many characters: a flood of them must not push the buttons away. */
const LINE = 60

/** Most of the card that one part may take, so that a long one leaves room for the others. */
const MOST: Readonly<Record<Part['kind'], number>> = { prose: 900, list: 1_200, exact: 0 }

/** What a part takes at least: its heading, and the line that says where it stands. */
export const LEAST = 220

/**
 * A part as far as it fits into `room` characters. What does not is counted in a line of its own, so that nobody takes
 * a beginning for the whole.
 * @param elsewhere where the rest stands: "in Full context"
 */
export function partOnCard(part: Part, room: number, elsewhere: string): KnownBlock {
  const heading = section(bold(part.heading))
  const space = Math.min(room - LEAST, MOST[part.kind])
  switch (part.kind) {
    case 'prose':
      return richText(heading, ...proseOnCard(part.text, space, elsewhere))
    case 'exact':
      return richText(heading, section(italic(`${grouped(part.text.length)} characters ${elsewhere}`)))
    case 'list':
      return richText(heading, ...listOnCard(part, space, elsewhere))
  }
}

/** One text behind the bar, or the beginning of it and a line that says how much more there is. */
export function proseOnCard(text: string, space: number, elsewhere: string): readonly RichTextBlockElement[] {
  const shown = visible(text)
  if (room(shown) <= space) return [quote(text)]
  const start = beginning(shown, Math.max(0, affordable(shown, space)))
  if (start.trim() === '') return [section(italic(`${grouped(shown.length)} characters ${elsewhere}`))]
  const note = `Only the first ${grouped(start.length)} of ${grouped(shown.length)} characters; all of it ${elsewhere}.`
  return [{ type: 'rich_text_quote', elements: [{ type: 'text', text: start }] }, section(italic(note))]
}

/** The elements of one item: its title and link as a bullet, then its text. */
function itemElements(item: Item, text: string | null): readonly RichTextBlockElement[] {
  const bullet = bullets([section(...titleOf(item))])
  return text === null || text === '' ? [bullet] : [bullet, quote(text)]
}

/** Title and real host. */
export function titleOf({ title, url }: Item): readonly RichTextElement[] {
  return url === null ? [words(title)] : [words(title), { type: 'text', text: ' → ' }, link(url)]
}

function listOnCard(part: Listing, space: number, elsewhere: string): readonly RichTextBlockElement[] {
  let left = space
  const elements: RichTextBlockElement[] = []
  let shownItems = 0
  for (const item of part.items) {
    const rest = part.items.length - shownItems
    const title = room(visible(item.title)) + (item.url?.length ?? 0) + LINE
    if (title > left || shownItems === 12) {
      elements.push(section(italic(`${shownItems === 0 ? '' : 'and '}${counted(part, rest, shownItems)} ${elsewhere}`)))
      return elements
    }
    left -= title
    shownItems += 1
    const text = item.text ?? ''
    const shown = visible(text)
    const length = room(shown)
    if (text === '') elements.push(...itemElements(item, null))
    else if (isAside(text) && length <= left) elements.push(bullets([section(...titleOf(item), words(`: ${text}`))]))
    else if (length <= left) elements.push(...itemElements(item, text))
    else {
      const note = italic(` (${grouped(shown.length)} characters ${elsewhere})`)
      elements.push(bullets([section(...titleOf(item), note)]))
    }
    if (length <= left) left -= length
  }
  return elements
}

function counted({ one, many }: Listing, rest: number, shownItems: number): string {
  const more = shownItems === 0 ? '' : 'more '
  return `${grouped(rest)} ${more}${rest === 1 ? one : many}`
}

/** Short enough to follow its title on the same line. */
function isAside(text: string): boolean {
  return text.length <= 160 && !text.includes('\n')
}

function room(shown: string): number {
  return shown.length + LINE * (shown.split('\n').length - 1)
}

/** How many characters from the start take `space` at most. */
function affordable(shown: string, space: number): number {
  let taken = 0
  for (let at = 0; at < shown.length; at++) {
    taken += shown[at] === '\n' ? LINE + 1 : 1
    if (taken > space) return at
  }
  return shown.length
}
