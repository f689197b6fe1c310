import type { Button, KnownBlock, ModalView, RichTextBlock, RichTextElement } from '@slack/types'
import { isWaiting } from '../src/domain/decision.ts'
import type { DecisionView } from '../src/domain/decision-view.ts'
import type { Instant } from '../src/domain/time.ts'
import { ACTIONS, BLOCKS, CALLBACKS, encodePage, INPUTS, type OpenedTo } from './action-ids.ts'
import { isWaitingView } from './approval-card.ts'
import { actName, isGate, needsNote, parametersText } from './approve-with.ts'
import { askedBeforeOnCard } from './asked-before.ts'
import { judgedParts } from './audit-card.ts'
import { consequenceLine, fieldsBlock, headerBlocks, parametersBlock } from './card-top.ts'
import { editInputs, MOST_INPUTS } from './edit-input.ts'
import { editsPart } from './edits.ts'
import { erasedBlocks } from './end-state.ts'
import { visible } from './escape.ts'
import { frozenOnCard } from './frozen.ts'
import { ACCESSIBILITY_LABEL, clipped, PAGE, PIECE_TEXT, pieces, weight } from './limits.ts'
import { shownCard, textInput } from './modal.ts'
import { titleOf } from './part-on-card.ts'
import { basis, type Listing, type Part, remainingParts, requestParts } from './request-parts.ts'
import { bold, bullets, divider, italic, plain, preformatted, richText, say, section } from './rich-text.ts'
import { timelineBlock, writtenWith } from './thread-line.ts'

/** `page` counts from 1; one beyond the last is the last. `approving`: opened to approve, so that it ends with Approve. */
export type ContextPage = {
  readonly page: number
  readonly approving: OpenedTo
  readonly now: Instant
  /** The reader's own to the same as a page; null or left out: there is none. */
  readonly link?: string | null
}

/**
 * Everything about a decision, to the last character, on as many pages as it takes. Opened to approve, its last page,
 * which cannot be reached but through the others, has Approve as its submit button; opened to approve with changes, that
 * page has the inputs for them. Opened to judge what has passed, it leaves out what would tell how sure the agent was.
 */
export function contextModal(view: DecisionView, { page, approving, now, link = null }: ContextPage): ModalView {
  const read = contextPages(view, now, approving === 'judge')
  const mayApprove = approving !== false && isWaitingView(view) && view.frozen.length === 0
  const changing = mayApprove && approving === 'changes'
  const pages = changing ? [...read, changeBlocks(view)] : read
  const shown = Math.min(Math.max(1, Math.trunc(page)), pages.length)
  const last = shown === pages.length
  const turning = pages.length === 1 ? [] : [pageButtons(view, shown, pages.length, approving)]
  const unfinished = mayApprove && !last ? [richText(section(italic('Approve is on the last page.')))] : []
  const approve = mayApprove && last
  return {
    type: 'modal',
    callback_id: CALLBACKS.context,
    title: plain(pages.length === 1 ? 'Full context' : `Context, ${shown} of ${pages.length}`),
    close: plain('Close'),
    ...(approve ? { submit: plain(changing ? APPROVE_CHANGED : 'Approve') } : {}),
    private_metadata: encodePage({ ...shownCard(view), page: shown, approving }),
    blocks: [
      ...(pages[shown - 1] ?? []),
      // The page says how sure the agent was.
      ...linkBlocks(approving === 'judge' ? null : link),
      ...unfinished,
      ...turning,
      ...(approve ? [noteInput(view)] : []),
    ],
  }
}

function linkBlocks(link: string | null): readonly KnownBlock[] {
  if (link === null) return []
  const lead: RichTextElement = { type: 'link', url: link, text: 'Read it as a page' }
  return [richText(section(lead, italic(', with earlier decisions like it. The link is yours alone, for an hour.')))]
}

/** What a modal's button says that approves with changes. */
export const APPROVE_CHANGED = 'Approve with changes'

/** What can be changed, an input each. */
export function changeBlocks(view: DecisionView): readonly KnownBlock[] {
  const inputs = editInputs(view)
  const left = inputs.length - MOST_INPUTS
  const words =
    'What you change is what you approve. Approvals so far were of other parameters, and no longer count then.'
  const more = `There is room for ${MOST_INPUTS} parameters here; ${left} more cannot be changed.`
  return [
    richText(section(say(words))),
    ...inputs.slice(0, MOST_INPUTS).map(({ block }) => block),
    ...(left > 0 ? [richText(section(italic(more)))] : []),
  ]
}

/** All blocks of the full context, page by page; at least one page. `blind`: as for `judgedParts`. */
export function contextPages(view: DecisionView, now: Instant, blind = false): readonly (readonly KnownBlock[])[] {
  const { decision } = view
  if (decision.erasedAt !== undefined && !isWaiting(decision))
    return inPages([...erasedBlocks({ ...view, decision }), divider, ...timeline(view)])
  const top: readonly KnownBlock[] = [
    ...headerBlocks(view),
    consequenceLine(view),
    ...frozenOnCard(view),
    ...askedBeforeOnCard(view),
    ...(isWaitingView(view) ? [fieldsBlock(view, now), ...(isGate(view) ? [parametersBlock(view, '')] : [])] : []),
  ]
  const parts: readonly Part[] = [
    ...(isGate(view) ? [] : [exactParameters(view)]),
    ...editsPart(view.decision),
    ...(blind ? judgedParts(view) : [...basis(view), ...requestParts(view)]),
    ...remainingParts(view),
  ]
  const after = blind ? [] : [divider, ...timeline(view)]
  const blocks = [...top, ...parts.flatMap(wholePart), ...after]
  return inPages(blocks)
}

function exactParameters(view: DecisionView): Part {
  return { kind: 'exact', heading: 'Exact parameters', text: parametersText(view) || 'none' }
}

function wholePart(part: Part): readonly RichTextBlock[] {
  switch (part.kind) {
    case 'exact':
      return exactBlocks(part.heading, part.text)
    case 'prose':
      return quoteBlocks([richText(section(bold(part.heading)))], part.text)
    case 'list':
      return [richText(section(bold(`${part.heading} (${part.items.length})`))), ...listBlocks(part)]
  }
}

/** A text cut inside a line says so where it goes on: else the cut would look like a line break of the value. */
function exactBlocks(heading: string, text: string): readonly RichTextBlock[] {
  let midLine = false
  return pieces(text, PIECE_TEXT).map((piece, at) => {
    const label =
      at === 0 ? bold(heading) : italic(midLine ? `${heading}, the same line goes on` : `${heading}, next line`)
    midLine = !piece.endsWith('\n')
    return richText(section(label), preformatted(midLine ? piece : piece.slice(0, -1)))
  })
}

function quoteBlocks(first: readonly RichTextBlock[], text: string): readonly RichTextBlock[] {
  const quoted = pieces(visible(text), PIECE_TEXT).map((piece) =>
    richText({ type: 'rich_text_quote', elements: [{ type: 'text', text: piece === '' ? '(empty)' : piece }] }),
  )
  return [...first, ...quoted]
}

/** Short items share blocks, so that hundreds of them do not take hundreds of blocks; one with a text has its own. */
function listBlocks({ items }: Listing): readonly RichTextBlock[] {
  const blocks: RichTextBlock[] = []
  let run: ReturnType<typeof section>[] = []
  const flush = () => {
    if (run.length > 0) blocks.push(richText(bullets(run)))
    run = []
  }
  for (const item of items) {
    const bullet = section(...titleOf(item))
    if (textOf([...run, bullet]) > PIECE_TEXT) flush()
    if (textOf([bullet]) > PIECE_TEXT) blocks.push(...quoteBlocks([], item.title))
    else run.push(bullet)
    const address = item.url === null ? [] : [item.url]
    const text = [...address, ...(item.text === null || item.text === '' ? [] : [item.text])].join('\n')
    if (text === '') continue
    flush()
    blocks.push(...quoteBlocks([], text))
  }
  flush()
  return blocks
}

function textOf(bulleted: readonly ReturnType<typeof section>[]): number {
  return weight([richText(bullets(bulleted))])
}

function timeline(view: DecisionView): readonly RichTextBlock[] {
  if (view.history.length === 0) return []
  const lines = view.history.flatMap((event) => {
    const line = richText(timelineBlock(event, view))
    const written = writtenWith(event, view)
    return written === null || written.trim() === '' ? [line] : quoteBlocks([line], written)
  })
  return [richText(section(bold('What happened'))), ...lines]
}

function inPages(blocks: readonly KnownBlock[]): readonly (readonly KnownBlock[])[] {
  const pages: KnownBlock[][] = [[]]
  let taken = 0
  for (const block of blocks) {
    const size = weight([block])
    const page = pages.at(-1) ?? []
    if (page.length > 0 && (page.length >= PAGE.blocks || taken + size > PAGE.characters)) {
      pages.push([block])
      taken = size
      continue
    }
    page.push(block)
    taken += size
  }
  return pages
}

function pageButtons(view: DecisionView, page: number, pages: number, approving: OpenedTo): KnownBlock {
  const to = (actionId: string, label: string, target: number): Button => ({
    type: 'button',
    action_id: actionId,
    text: plain(label),
    value: encodePage({ ...shownCard(view), page: target, approving }),
    accessibility_label: clipped(`${label} ${target} of ${pages}: ${actName(view)}`, ACCESSIBILITY_LABEL),
  })
  const elements = [
    ...(page > 1 ? [to(ACTIONS.previousPage, 'Previous page', page - 1)] : []),
    ...(page < pages ? [to(ACTIONS.nextPage, 'Next page', page + 1)] : []),
  ]
  return { type: 'actions', block_id: BLOCKS.pages, elements }
}

/** A note, or the reason that approving this takes. */
export function noteInput(view: DecisionView) {
  const required = needsNote(view)
  const label = required ? 'Why is this right?' : 'A note'
  return textInput(INPUTS.note, label, 'It goes on the card and into the record.', required)
}
