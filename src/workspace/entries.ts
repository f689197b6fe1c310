/** What people enter: the state of an element as Slack reports it, and what its own form refuses before it is sent. */
import { isObject, type JsonObject, wordOf } from './check.ts'
import { asObjects } from './reply.ts'
import type { Block, View, ViewValues } from './state.ts'

/** What a test or the page hands in for an element: a text, an option's value, ids, a date, or several of them. */
export type Entered = string | number | readonly string[] | null

export type Placed = { readonly block: Block; readonly element: JsonObject }

/** Every element of a view or message that a person can act on. */
export function elementsOf(blocks: readonly Block[]): readonly Placed[] {
  return blocks.flatMap((block) => {
    const many = block.type === 'actions' || block.type === 'context_actions' ? asObjects(block.elements) : []
    const single = [block.accessory, block.element].filter(isObject).filter((element) => element.type !== 'image')
    return [...many, ...single].map((element) => ({ block, element }))
  })
}

const stateless = ['button', 'overflow', 'workflow_button', 'feedback_buttons', 'icon_button']

function optionsOf(element: JsonObject): readonly JsonObject[] {
  return [
    ...asObjects(element.options),
    ...asObjects(element.option_groups).flatMap((group) => asObjects(group.options)),
  ]
}

/** The element's state after `entered`; throws when the element has no such option, as no person could choose it. */
export function entryOf(element: JsonObject, entered: Entered): JsonObject {
  const type = String(element.type)
  const option = (value: unknown): JsonObject => {
    const found = optionsOf(element).find((each) => each.value === value)
    if (found === undefined) throw new Error(`${type} ${String(element.action_id)} has no option ${String(value)}`)
    return found
  }
  const many = Array.isArray(entered) ? (entered as readonly string[]) : entered === null ? [] : [String(entered)]
  switch (type) {
    case 'static_select':
    case 'external_select':
    case 'radio_buttons':
    case 'overflow':
      return { type, selected_option: entered === null || entered === '' ? null : option(entered) }
    case 'multi_static_select':
    case 'multi_external_select':
    case 'checkboxes':
      return { type, selected_options: many.map(option) }
    case 'users_select':
      return { type, selected_user: entered === '' ? null : entered }
    case 'multi_users_select':
      return { type, selected_users: many }
    case 'conversations_select':
      return { type, selected_conversation: entered === '' ? null : entered }
    case 'multi_conversations_select':
      return { type, selected_conversations: many }
    case 'channels_select':
      return { type, selected_channel: entered === '' ? null : entered }
    case 'multi_channels_select':
      return { type, selected_channels: many }
    case 'datepicker':
      return { type, selected_date: entered === '' ? null : entered }
    case 'timepicker':
      return { type, selected_time: entered === '' ? null : entered }
    case 'datetimepicker':
      return { type, selected_date_time: entered === null || entered === '' ? null : Number(entered) }
    case 'rich_text_input':
      return { type, rich_text_value: richText(entered === null ? '' : String(entered)) }
    default:
      return { type, value: entered === null || entered === '' ? null : String(entered) }
  }
}

function richText(text: string): JsonObject | null {
  if (text === '') return null
  return { type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text }] }] }
}

function initialEntry(element: JsonObject): JsonObject {
  const type = String(element.type)
  const chosen = isObject(element.initial_option) ? element.initial_option.value : undefined
  const several = asObjects(element.initial_options).map((each) => String(each.value))
  const first =
    chosen ??
    element.initial_value ??
    element.initial_date ??
    element.initial_time ??
    element.initial_date_time ??
    element.initial_user ??
    element.initial_channel ??
    element.initial_conversation
  const lists = element.initial_users ?? element.initial_channels ?? element.initial_conversations
  if (type === 'rich_text_input') return { type, rich_text_value: element.initial_value ?? null }
  if (type === 'checkboxes' || type.startsWith('multi_')) {
    return entryOf(element, Array.isArray(lists) ? lists.map(String) : several)
  }
  return entryOf(element, typeof first === 'string' || typeof first === 'number' ? first : null)
}

/** A view's whole state: what was entered over what it began with. */
export function valuesOf(view: Pick<View, 'blocks' | 'values'>, entered: ViewValues = {}): ViewValues {
  const values: Record<string, Record<string, JsonObject>> = {}
  for (const { block, element } of elementsOf(view.blocks)) {
    if (stateless.includes(String(element.type)) || typeof element.action_id !== 'string') continue
    const id = element.action_id
    const entry = entered[block.block_id]?.[id] ?? view.values[block.block_id]?.[id] ?? initialEntry(element)
    values[block.block_id] = { ...values[block.block_id], [id]: entry }
  }
  return values
}

/** By block id, what Slack's own form would complain about before sending a submission. */
export function complaints(blocks: readonly Block[], values: ViewValues): Readonly<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const { block, element } of elementsOf(blocks)) {
    if (block.type !== 'input') continue
    const entry = values[block.block_id]?.[String(element.action_id)]
    const complaint = complaintOf(element, entry, block.optional === true)
    if (complaint !== undefined) found[block.block_id] = complaint
  }
  return found
}

function complaintOf(element: JsonObject, entry: JsonObject | undefined, optional: boolean): string | undefined {
  const entered = Object.entries(entry ?? {}).filter(([key]) => key !== 'type')
  const empty = entered.every(([, value]) => value === null || (Array.isArray(value) && value.length === 0))
  if (empty) return optional ? undefined : 'Please complete this required field.'
  const value = wordOf(entry?.value)
  switch (String(element.type)) {
    case 'plain_text_input': {
      if (typeof element.min_length === 'number' && value.length < element.min_length) {
        return `Must be at least ${element.min_length} characters.`
      }
      const most = typeof element.max_length === 'number' ? element.max_length : 3000
      return value.length > most ? `Must be at most ${most} characters.` : undefined
    }
    case 'number_input': {
      const number = Number(value)
      if (!/^-?\d+(\.\d+)?$/.test(value)) return 'Must be a valid number.'
      if (element.is_decimal_allowed !== true && !Number.isInteger(number)) return 'Must be a whole number.'
      if (number < Number(element.min_value ?? Number.NEGATIVE_INFINITY))
        return `Must be ${String(element.min_value)} or more.`
      if (number > Number(element.max_value ?? Number.POSITIVE_INFINITY))
        return `Must be ${String(element.max_value)} or less.`
      return undefined
    }
    case 'email_text_input':
      return /^\S+@\S+\.\S+$/.test(value) ? undefined : 'Must be a valid e-mail address.'
    case 'url_text_input':
      return URL.canParse(value) ? undefined : 'Must be a valid URL.'
    default:
      return undefined
  }
}
