import type { InputBlock, KnownBlock, ModalView } from '@slack/types'
import type { DecisionView } from '../src/domain/decision-view.ts'
import { type CardValue, encodeValue } from './action-ids.ts'
import { consequenceLine, headerBlocks, parametersBlock } from './card-top.ts'
import { INPUT_TEXT } from './limits.ts'
import { plain } from './rich-text.ts'

/** A modal that asks for one text about one decision. Titles and buttons have at most 24 characters. */
export type Ask = {
  readonly callback: string
  readonly title: string
  readonly submit: string
  readonly input: InputBlock
}

/** What is decided, its parameters where they fit, then the text to type. */
export function askingModal(view: DecisionView, { callback, title, submit, input }: Ask): ModalView {
  const blocks: KnownBlock[] = [
    ...headerBlocks(view),
    consequenceLine(view),
    parametersBlock(view, 'they stand in Full context'),
    input,
  ]
  return {
    type: 'modal',
    callback_id: callback,
    title: plain(title),
    submit: plain(submit),
    close: plain('Cancel'),
    private_metadata: encodeValue(shownCard(view)),
    blocks,
  }
}

/** The decision and the revision of the parameters that a view shows. */
export function shownCard({ decision }: DecisionView): CardValue {
  return { decision: decision.id, revision: decision.revision }
}

/** A text of several lines. @param name both the block's and the action's id */
export function textInput(name: string, label: string, hint: string, required: boolean): InputBlock {
  return {
    type: 'input',
    block_id: name,
    label: plain(label),
    hint: plain(hint),
    optional: !required,
    element: {
      type: 'plain_text_input',
      action_id: name,
      multiline: true,
      max_length: INPUT_TEXT,
      ...(required ? { min_length: 1 } : {}),
    },
  }
}
