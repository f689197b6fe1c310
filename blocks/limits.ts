import type { KnownBlock } from '@slack/types'

/*
 * Slack's limits, in UTF-16 units (docs.slack.dev/reference/block-kit), and where overflow goes: what does not fit on a
 * card is named there and stands whole in the full context; what does not fit on a page of that goes to the next page.
 */
export const HEADER_TEXT = 150
export const BLOCK_TEXT = 3_000
export const PRIVATE_METADATA = 3_000
export const ACCESSIBILITY_LABEL = 75
export const CONFIRM_TEXT = 300
export const INPUT_TEXT = 3_000

/** Slack refuses a message at about 13,000 characters over all blocks; we stay well under. */
export const MESSAGE_TEXT = 9_900

/** Parameters on the card: more than this is no longer read at a glance, and Approve opens the full context. */
export const CARD_PARAMETERS = { characters: 2_800, lines: 40 } as const

/** The same in a row of a card that several decisions share. */
export const ROW_PARAMETERS = { characters: 900, lines: 14 } as const

/** A page of the full context: three bytes a character at the worst keep it under Slack's 250 kB a view. */
export const PAGE = { characters: 55_000, blocks: 88 } as const

/** What one piece of text may hold inside a block: headings and markers still fit beside it. */
export const PIECE_TEXT = 2_600

/** What blocks count against a message: all their texts and addresses, and something for each block. */
export function weight(blocks: readonly KnownBlock[]): number {
  return textLength(blocks) + 40 * blocks.length
}

/**
 * Cuts a text into pieces of at most `most` units, after a line where there is one, and never inside a character.
 * A line's end is never cut from the line, else a piece that is a line break alone would look like a part of its own.
 * Joined, the pieces are the text.
 */
export function pieces(text: string, most: number): readonly string[] {
  const cut: string[] = []
  let rest = text
  while (rest.length > most) {
    const at = boundary(rest, most)
    cut.push(rest.slice(0, at))
    rest = rest.slice(at)
  }
  return [...cut, rest]
}

/** A text of our own or the policy's for a place that holds `most`; what is missing shows as `…`. */
export function clipped(text: string, most: number): string {
  if (text.length <= most) return text
  return `${text.slice(0, wholeCharacters(text, most - 1))}…`
}

/** Up to `most` units of a text, ended at a space where there is one near. */
export function beginning(text: string, most: number): string {
  const at = wholeCharacters(text, most)
  const space = Math.max(text.lastIndexOf(' ', at), text.lastIndexOf('\n', at))
  return text.slice(0, space > at * 0.8 ? space : at)
}

function boundary(text: string, most: number): number {
  const line = text.lastIndexOf('\n', most - 1) + 1
  if (line > 0) return line
  return wholeCharacters(text, text[most] === '\n' ? most - 1 : most)
}

/** The last place up to `most` that is not inside a character or an emoji: a joiner left alone would be a hidden one. */
function wholeCharacters(text: string, most: number): number {
  for (let at = most; at > 0 && at > most - 100; at--) if (!isInside(text, at)) return at
  return most
}

function isInside(text: string, at: number): boolean {
  const before = text.charCodeAt(at - 1)
  const after = text.codePointAt(at) ?? 0
  const joined = before === 0x200d || after === 0x200d || after === 0xfe0f
  return joined || (after >= 0xdc00 && after <= 0xdfff) || (after >= 0x1f3fb && after <= 0x1f3ff)
}

function textLength(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (Array.isArray(value)) return value.reduce((sum: number, each) => sum + textLength(each), 0)
  if (typeof value !== 'object' || value === null) return 0
  return Object.entries(value).reduce(
    (sum, [key, each]) => sum + (isWording(key) || typeof each !== 'string' ? textLength(each) : 0),
    0,
  )
}

function isWording(key: string): boolean {
  return key === 'text' || key === 'url' || key === 'fallback' || key === 'format' || key === 'value'
}
