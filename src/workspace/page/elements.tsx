/** Elements that act at once: buttons, menus, pickers; and the dialog that asks first. */
import { type ReactNode, useState } from 'react'
import { isObject, type JsonObject, objectOf, wordOf } from '../check.ts'
import type { Block } from '../state.ts'
import { Dialog } from './dialog.tsx'
import { MrkdwnText, type OnAction, objects, textOf } from './shown.tsx'

type Props = { readonly block: Block; readonly element: JsonObject; readonly onAction: OnAction }
type Chosen = string | readonly string[] | undefined

export function Element({ block, element, onAction }: Props): ReactNode {
  const [asking, setAsking] = useState<{ readonly chosen: Chosen }>()
  const confirm = isObject(element.confirm) ? element.confirm : undefined
  const choose = (chosen?: Chosen): void => {
    if (confirm === undefined) onAction(block, element, chosen)
    else setAsking({ chosen })
  }
  return (
    <>
      <Control element={element} choose={choose} />
      {asking !== undefined && confirm !== undefined && (
        <ConfirmDialog
          confirm={confirm}
          cancel={() => setAsking(undefined)}
          proceed={() => {
            setAsking(undefined)
            onAction(block, element, asking.chosen)
          }}
        />
      )}
    </>
  )
}

function ConfirmDialog({
  confirm,
  cancel,
  proceed,
}: {
  readonly confirm: JsonObject
  readonly cancel: () => void
  readonly proceed: () => void
}): ReactNode {
  const text = objectOf(confirm.text)
  return (
    <Dialog title={textOf(confirm.title)} close={cancel} testId="confirm-dialog">
      <div className="dialog-body dialog-text">
        {text.type === 'mrkdwn' ? <MrkdwnText text={String(text.text)} /> : textOf(text)}
      </div>
      <footer className="dialog-foot">
        <button type="button" onClick={cancel}>
          {textOf(confirm.deny)}
        </button>
        <button type="button" className={confirm.style === 'danger' ? 'danger filled' : 'primary'} onClick={proceed}>
          {textOf(confirm.confirm)}
        </button>
      </footer>
    </Dialog>
  )
}

function Control({
  element,
  choose,
}: {
  readonly element: JsonObject
  readonly choose: (chosen?: Chosen) => void
}): ReactNode {
  const label = typeof element.accessibility_label === 'string' ? element.accessibility_label : undefined
  const id = String(element.action_id)
  switch (String(element.type)) {
    case 'button':
      return <Button element={element} label={label} choose={choose} />
    case 'overflow':
      return <Menu label={label ?? 'More actions'} first="More" element={element} choose={choose} />
    case 'static_select':
      return (
        <Menu
          label={label ?? (textOf(element.placeholder) || 'Choose')}
          first={textOf(element.placeholder) || 'Choose'}
          element={element}
          choose={choose}
        />
      )
    case 'datepicker':
      return (
        <input
          type="date"
          aria-label={textOf(element.placeholder) || id}
          data-action-id={id}
          defaultValue={wordOf(element.initial_date)}
          onChange={(event) => choose(event.target.value)}
        />
      )
    case 'timepicker':
      return (
        <input
          type="time"
          aria-label={textOf(element.placeholder) || id}
          data-action-id={id}
          defaultValue={wordOf(element.initial_time)}
          onChange={(event) => choose(event.target.value)}
        />
      )
    case 'radio_buttons':
    case 'checkboxes':
      return <Ticks element={element} choose={choose} />
    default:
      return <span className="quiet">({String(element.type)} cannot be used here)</span>
  }
}

function Button({
  element,
  label,
  choose,
}: {
  readonly element: JsonObject
  readonly label: string | undefined
  readonly choose: () => void
}): ReactNode {
  return (
    <button
      type="button"
      className={typeof element.style === 'string' ? element.style : ''}
      aria-label={label}
      data-action-id={String(element.action_id)}
      onClick={() => {
        if (typeof element.url === 'string') window.open(element.url, '_blank', 'noopener,noreferrer')
        choose()
      }}
    >
      {textOf(element.text)}
    </button>
  )
}

function Menu({
  label,
  first,
  element,
  choose,
}: {
  readonly label: string
  readonly first: string
  readonly element: JsonObject
  readonly choose: (chosen: string) => void
}): ReactNode {
  const initial = objectOf(element.initial_option).value
  return (
    <select
      aria-label={label}
      data-action-id={String(element.action_id)}
      value={wordOf(initial)}
      onChange={(event) => choose(event.target.value)}
    >
      <option value="" disabled>
        {first}
      </option>
      <Options element={element} />
    </select>
  )
}

export function Options({ element }: { readonly element: JsonObject }): ReactNode {
  const one = (option: JsonObject): ReactNode => (
    <option key={String(option.value)} value={String(option.value)}>
      {textOf(option.text)}
    </option>
  )
  return (
    <>
      {objects(element.options).map(one)}
      {objects(element.option_groups).map((group) => (
        <optgroup key={textOf(group.label)} label={textOf(group.label)}>
          {objects(group.options).map(one)}
        </optgroup>
      ))}
    </>
  )
}

/** Radio buttons and checkboxes; every change is one act. */
export function Ticks({
  element,
  choose,
}: {
  readonly element: JsonObject
  readonly choose: (chosen: string | readonly string[]) => void
}): ReactNode {
  const many = element.type === 'checkboxes'
  const initial = many
    ? objects(element.initial_options)
    : element.initial_option === undefined
      ? []
      : [objectOf(element.initial_option)]
  const [ticked, setTicked] = useState<readonly string[]>(initial.map((option) => String(option.value)))
  const tick = (value: string): void => {
    const next = !many ? [value] : ticked.includes(value) ? ticked.filter((each) => each !== value) : [...ticked, value]
    setTicked(next)
    choose(many ? next : value)
  }
  return (
    <div className="ticks" role={many ? 'group' : 'radiogroup'}>
      {objects(element.options).map((option) => (
        <label key={String(option.value)} className="tick">
          <input
            type={many ? 'checkbox' : 'radio'}
            checked={ticked.includes(String(option.value))}
            onChange={() => tick(String(option.value))}
          />
          <span>
            {textOf(option.text)}
            {option.description !== undefined && <span className="quiet">{textOf(option.description)}</span>}
          </span>
        </label>
      ))}
    </div>
  )
}
