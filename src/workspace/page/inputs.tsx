/** Input blocks of a modal, with their labels, hints and errors. */
import { type ReactNode, useContext, useId } from 'react'
import { type JsonObject, objectOf } from '../check.ts'
import type { Block } from '../state.ts'
import { Options, Ticks } from './elements.tsx'
import { type Form, Names, textOf } from './shown.tsx'

export function InputBlock({ block, form }: { readonly block: Block; readonly form: Form }): ReactNode {
  const id = useId()
  const element = objectOf(block.element)
  const error = form.errors[block.block_id]
  const grouped = element.type === 'radio_buttons' || element.type === 'checkboxes'
  const label = (
    <>
      {textOf(block.label)}
      {block.optional === true && <span className="quiet"> (optional)</span>}
    </>
  )
  return (
    <div
      className={error === undefined ? 'field' : 'field wrong'}
      data-testid="field"
      role={grouped ? 'group' : undefined}
      aria-labelledby={grouped ? `${id}l` : undefined}
    >
      {grouped ? (
        <span className="label" id={`${id}l`}>
          {label}
        </span>
      ) : (
        <label htmlFor={id}>{label}</label>
      )}
      <Control id={id} block={block} element={element} form={form} wrong={error !== undefined} />
      {error !== undefined && (
        <p className="error" role="alert" id={`${id}e`}>
          {error}
        </p>
      )}
      {block.hint !== undefined && <p className="hint">{textOf(block.hint)}</p>}
    </div>
  )
}

type ControlProps = {
  readonly id: string
  readonly block: Block
  readonly element: JsonObject
  readonly form: Form
  readonly wrong: boolean
}

function Control({ id, block, element, form, wrong }: ControlProps): ReactNode {
  const names = useContext(Names)
  const actionId = String(element.action_id)
  const entered = form.values[block.block_id]?.[actionId]
  const enter = (value: string | readonly string[]): void => form.enter(block.block_id, actionId, value)
  const value = typeof entered === 'string' ? entered : initialOf(element)
  const common = {
    id,
    value,
    'aria-invalid': wrong,
    'aria-describedby': wrong ? `${id}e` : undefined,
    'data-action-id': actionId,
    placeholder: textOf(element.placeholder),
    autoFocus: element.focus_on_load === true,
  }
  const people = names.people.filter((person) => person.note !== 'app')
  switch (String(element.type)) {
    case 'plain_text_input':
      return element.multiline === true ? (
        <textarea {...common} rows={4} onChange={(event) => enter(event.target.value)} />
      ) : (
        <input {...common} type="text" onChange={(event) => enter(event.target.value)} />
      )
    case 'rich_text_input':
      return <textarea {...common} rows={4} onChange={(event) => enter(event.target.value)} />
    case 'number_input':
      return <input {...common} type="text" inputMode="decimal" onChange={(event) => enter(event.target.value)} />
    case 'email_text_input':
      return <input {...common} type="email" onChange={(event) => enter(event.target.value)} />
    case 'url_text_input':
      return <input {...common} type="url" onChange={(event) => enter(event.target.value)} />
    case 'datepicker':
      return <input {...common} type="date" onChange={(event) => enter(event.target.value)} />
    case 'timepicker':
      return <input {...common} type="time" onChange={(event) => enter(event.target.value)} />
    case 'datetimepicker':
      return <DateTime common={common} enter={enter} />
    case 'static_select':
      return (
        <select {...common} onChange={(event) => enter(event.target.value)}>
          <option value="">{textOf(element.placeholder) || 'Choose'}</option>
          <Options element={element} />
        </select>
      )
    case 'users_select':
      return (
        <select {...common} onChange={(event) => enter(event.target.value)}>
          <option value="">{textOf(element.placeholder) || 'Choose somebody'}</option>
          {people.map((person) => (
            <option key={person.id} value={person.id}>
              {person.realName}
            </option>
          ))}
        </select>
      )
    case 'multi_static_select':
      return <Ticks element={{ ...element, type: 'checkboxes' }} choose={enter} />
    case 'multi_users_select':
      return (
        <Ticks
          element={{
            type: 'checkboxes',
            options: people.map(({ id: person, realName }) => ({ value: person, text: { text: realName } })),
          }}
          choose={enter}
        />
      )
    case 'radio_buttons':
    case 'checkboxes':
      return <Ticks element={element} choose={enter} />
    default:
      return <span className="quiet">({String(element.type)} cannot be used here)</span>
  }
}

/** The browser's field speaks of local wall time, Slack's of seconds since 1970. */
function DateTime({
  common,
  enter,
}: {
  readonly common: { readonly id: string; readonly value: string }
  readonly enter: (value: string) => void
}): ReactNode {
  const seconds = Number(common.value)
  const date = new Date(seconds * 1000 - new Date(seconds * 1000).getTimezoneOffset() * 60_000)
  return (
    <input
      {...common}
      type="datetime-local"
      value={common.value === '' ? '' : date.toISOString().slice(0, 16)}
      onChange={(event) =>
        enter(event.target.value === '' ? '' : String(Math.floor(new Date(event.target.value).getTime() / 1000)))
      }
    />
  )
}

function initialOf(element: JsonObject): string {
  const option = objectOf(element.initial_option).value
  const first =
    option ??
    element.initial_value ??
    element.initial_date ??
    element.initial_time ??
    element.initial_date_time ??
    element.initial_user
  return typeof first === 'string' || typeof first === 'number' ? String(first) : ''
}
