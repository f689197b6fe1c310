import type { RichTextBlockElement } from '@slack/types'
import type { Decision } from '../src/domain/decision.ts'
import { type Change, type Edit, editsOf } from '../src/domain/edit.ts'
import { escapedJson, oneLine } from './escape.ts'
import { grouped } from './exact-json.ts'
import type { Part } from './request-parts.ts'
import { bold, italic, person, preformatted, section } from './rich-text.ts'

/** The most of one value on a card; a longer one is counted, and stands whole in the full context. */
const VALUE = 160

/**
 * What reviewers changed, before and after, the latest last; empty: nothing.
 * @param space for the changes, in characters. What does not fit is counted.
 * @param elsewhere where the rest stands: "in Full context"
 */
export function editElements(decision: Decision, space: number, elsewhere: string): readonly RichTextBlockElement[] {
  const edits = editsOf(decision)
  const shown: RichTextBlockElement[][] = []
  let left = space
  let hidden = edits.reduce((sum, { changes }) => sum + changes.length, 0)
  for (const { by, changes } of edits.toReversed()) {
    const lines = changes.map((change) => changeLine(change, VALUE))
    const fitting = lines.filter((line) => {
      left -= line.length + 1
      return left >= 0
    })
    if (fitting.length === 0) break
    hidden -= fitting.length
    shown.unshift([section(bold('Changed by '), person(by)), preformatted(fitting.join('\n'))])
  }
  const rest = `${shown.length === 0 ? '' : 'and '}${counted(hidden, shown.length > 0)} by reviewers ${elsewhere}`
  return [...shown.flat(), ...(hidden === 0 ? [] : [section(italic(rest))])]
}

/** All of it, to the last character, for the full context. */
export function editsPart(decision: Decision): readonly Part[] {
  const edits = editsOf(decision)
  if (edits.length === 0) return []
  return [{ kind: 'exact', heading: 'What reviewers changed', text: edits.map(editText).join('\n') }]
}

/** One edit, to the last character: `amount_usd: 120 → 80`, a line each. */
export function editText({ changes }: Pick<Edit, 'changes'>): string {
  return changes.map((change) => changeLine(change, Number.POSITIVE_INFINITY)).join('\n')
}

/** No value can look like the words around it: texts stand in quotes. */
function changeLine(change: Change, most: number): string {
  const before = 'before' in change ? valueText(change.before, most) : 'none'
  return `${oneLine(change.name)}: ${before} → ${valueText(change.after, most)}`
}

function valueText(value: unknown, most: number): string {
  const json = escapedJson(JSON.stringify(value) ?? 'null')
  return json.length <= most ? json : `${grouped(json.length)} characters`
}

function counted(count: number, more: boolean): string {
  return `${count} ${more ? 'more ' : ''}${count === 1 ? 'change' : 'changes'}`
}
