import type { KnownBlock, ModalView } from '@slack/types'
import { expect } from 'vitest'
import { blocksTooLong, validateBlocks, validateView } from '../../src/workspace/limits.ts'

type Node = Readonly<Record<string, unknown>>

/** Every text that can be seen in blocks, one a line, each followed by a line break. */
export function renderedText(value: unknown): string {
  return texts(value)
    .map((text) => `${text}\n`)
    .join('')
}

/** Texts of fixed-width blocks alone, each cut of a long one where the next goes on. */
export function preformattedTexts(blocks: readonly unknown[]): readonly string[] {
  return nodes(blocks)
    .filter(({ type }) => type === 'rich_text_preformatted')
    .map(({ elements }) => texts(elements).join(''))
}

/** Every object inside blocks. */
export function nodes(value: unknown): readonly Node[] {
  if (Array.isArray(value)) return value.flatMap(nodes)
  if (!isNode(value)) return []
  return [value, ...Object.values(value).flatMap(nodes)]
}

function texts(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(texts)
  if (!isNode(value)) return []
  if (value['type'] === 'user') return [`@${String(value['user_id'])}`]
  if (value['type'] === 'date') return [String(value['fallback'])]
  if (typeof value['text'] === 'string') return [value['text']]
  return Object.values(value).flatMap(texts)
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Slack would take these blocks in a message, with room to spare. */
export function expectMessage(blocks: readonly KnownBlock[]): void {
  expect(validateBlocks(blocks, 'message')).toEqual([])
  expect(blocksTooLong(blocks)).toBe(false)
  expect(blocks.length).toBeLessThanOrEqual(50)
  expect(renderedText(blocks).length).toBeLessThan(10_000)
}

/** Slack would take this view, with room to spare. */
export function expectModal(view: ModalView): void {
  expect(validateView(view, 'modal')).toEqual([])
  expect(view.blocks.length).toBeLessThanOrEqual(100)
  expect(renderedText(view.blocks).length).toBeLessThan(60_000)
  expect(Buffer.byteLength(JSON.stringify(view))).toBeLessThan(250_000)
  expect(view.title.text.length).toBeLessThanOrEqual(24)
}
