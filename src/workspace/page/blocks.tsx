/** Blocks: what can be acted on is built here, the rest is shown. */
import type { ReactNode } from 'react'
import { objectOf } from '../check.ts'
import type { Block } from '../state.ts'
import { Element } from './elements.tsx'
import { InputBlock } from './inputs.tsx'
import { type Form, type OnAction, objects, Shown, textOf } from './shown.tsx'

export function Blocks({
  blocks,
  onAction,
  form,
}: {
  readonly blocks: readonly Block[]
  readonly onAction: OnAction
  readonly form?: Form
}): ReactNode {
  return (
    <div className="blocks">
      {blocks.map((block) => (
        <div key={block.block_id} className={`block block-${block.type}`} data-block-id={block.block_id}>
          <OneBlock block={block} onAction={onAction} form={form} />
        </div>
      ))}
    </div>
  )
}

function OneBlock({
  block,
  onAction,
  form,
}: {
  readonly block: Block
  readonly onAction: OnAction
  readonly form: Form | undefined
}): ReactNode {
  if (block.type === 'actions' || block.type === 'context_actions') {
    return (
      <div className="actions">
        {objects(block.elements).map((element) => (
          <Element key={String(element.action_id)} block={block} element={element} onAction={onAction} />
        ))}
      </div>
    )
  }
  if (block.type === 'input') return form === undefined ? null : <InputBlock block={block} form={form} />
  if (block.type === 'header') return <h3 className="header">{textOf(block.text)}</h3>
  if (block.type === 'divider') return <hr />
  if (block.type === 'image' && objectOf(block.slack_file).id !== undefined)
    return (
      <img
        className="picture"
        src={`/page/file/${String(objectOf(block.slack_file).id)}`}
        alt={String(block.alt_text)}
      />
    )
  if (block.type !== 'section' || block.accessory === undefined) return <Shown block={block} />
  const { accessory, ...rest } = block
  const element = objectOf(accessory)
  return (
    <div className="with-accessory">
      <div className="grow">
        <Shown block={rest} />
      </div>
      {element.type === 'image' ? (
        <img className="accessory-image" src={String(element.image_url)} alt={String(element.alt_text)} />
      ) : (
        <Element block={block} element={element} onAction={onAction} />
      )}
    </div>
  )
}
