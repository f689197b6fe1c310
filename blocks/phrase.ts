import type { RichTextElement } from '@slack/types'
import type { Instant } from '../src/domain/time.ts'
import type { Message } from './approval-card.ts'
import { escapeMrkdwn } from './escape.ts'
import { person, richText, say, section } from './rich-text.ts'
import { date, dateMrkdwn } from './when.ts'

/** A sentence of our own, in which people and instants are named; no word of an agent belongs into it. */
export type Phrase = readonly Piece[]

type Piece = string | { readonly user: string } | { readonly at: Instant }

/** As rich text. */
export function inRichText(phrase: Phrase): readonly RichTextElement[] {
  return phrase.map((piece) => {
    if (typeof piece === 'string') return say(piece)
    return 'user' in piece ? person(piece.user) : date(piece.at)
  })
}

/** As mrkdwn, for notifications and screen readers. */
export function inMrkdwn(phrase: Phrase): string {
  const written = phrase.map((piece) => {
    if (typeof piece === 'string') return escapeMrkdwn(piece)
    return 'user' in piece ? `<@${piece.user}>` : dateMrkdwn(piece.at)
  })
  return written.join('')
}

/** A message that is this sentence and nothing else. */
export function oneLiner(phrase: Phrase): Message {
  return { blocks: [richText(section(...inRichText(phrase)))], text: inMrkdwn(phrase) }
}

/** What a row of a shared card is called, on the card and in its thread. */
export function rowName(row: number): string {
  return `Row ${row}`
}
