/**
 * Block Kit's composition objects and block elements, with the limits of Slack's reference
 * (docs.slack.dev/reference/block-kit/composition-objects and /block-elements).
 */
import { all, byType, type Check, flag, isObject, list, oneOf, pattern, rule, shape, text, whole } from './check.ts'
import { richTextBlock } from './limit-rich-text.ts'

const is = (type: string): Readonly<Record<string, Check>> => ({ type: oneOf(type) })

export const plainText = (max: number): Check => shape({ type: oneOf('plain_text'), text: text(max) }, { emoji: flag })
export const mrkdwnText = (max: number): Check => shape({ type: oneOf('mrkdwn'), text: text(max) }, { verbatim: flag })

/** Either kind of text object. Slack says first that no schema fits, then why. */
export const anyText =
  (max: number): Check =>
  (value, at, note) => {
    const found: (readonly [string, string])[] = []
    const collect = (message: string, pointer: string): void => void found.push([message, pointer])
    byType({ plain_text: plainText(max), mrkdwn: mrkdwnText(max) })(value, at, collect)
    if (found.length === 0) return
    note('failed to match all allowed schemas', at)
    for (const [message, pointer] of found) note(message, pointer)
  }

export const actionId = text(255)
const style = oneOf('primary', 'danger')
const webAddress = all(text(3000), pattern(/^(https?:\/\/|mailto:|slack:\/\/)\S+$/i, 'must be a valid url'))

/** The dialog shown before a click is sent: title 100, text 300, buttons 30 characters. */
export const confirmDialog = shape(
  { title: plainText(100), text: anyText(300), confirm: plainText(30), deny: plainText(30) },
  { style },
)

const dispatchConfig = shape({}, { trigger_actions_on: list(oneOf('on_enter_pressed', 'on_character_entered'), 2) })

const optionWith = (label: Check, withUrl: boolean): Check =>
  shape({ text: label, value: text(150) }, { description: plainText(75), ...(withUrl ? { url: webAddress } : {}) })
const plainOption = optionWith(plainText(75), false)
const richOption = optionWith(anyText(75), false)
const overflowOption = optionWith(plainText(75), true)
const optionGroup = shape({ label: plainText(75), options: list(plainOption, 100) })

const uniqueValues = rule((element) => {
  const options = Array.isArray(element.options) ? element.options : []
  const values = options.filter(isObject).map((option) => option.value)
  return new Set(values).size === values.length ? undefined : 'option values must be unique'
})
const oneSourceOfOptions = rule((element) =>
  (element.options === undefined) === (element.option_groups === undefined)
    ? 'must provide exactly one of `options` or `option_groups`'
    : undefined,
)
const initialAmongOptions = rule((element) => {
  const groups = Array.isArray(element.option_groups) ? element.option_groups.filter(isObject) : []
  const offered = [element.options, ...groups.map((group) => group.options)].flat().map((each) => JSON.stringify(each))
  const chosen = element.initial_options ?? (element.initial_option === undefined ? [] : [element.initial_option])
  if (!Array.isArray(chosen)) return undefined
  return chosen.every((each) => offered.includes(JSON.stringify(each)))
    ? undefined
    : 'initial option must exactly match one of the options'
})

const act = { action_id: actionId } as const
const confirm = { confirm: confirmDialog } as const
const focus = { focus_on_load: flag } as const
const placeholder = { placeholder: plainText(150) } as const
const picker = { ...act, ...confirm, ...focus, ...placeholder } as const
const several = { max_selected_items: whole(1, 100) } as const
const id = text(255)
const conversationFilter = shape(
  {},
  {
    include: list(oneOf('im', 'mpim', 'private', 'public'), 4),
    exclude_external_shared_channels: flag,
    exclude_bot_users: flag,
  },
)
const optionSource = { options: list(plainOption, 100), option_groups: list(optionGroup, 100) } as const
const toConversation = { default_to_current_conversation: flag, filter: conversationFilter } as const
const answer = { response_url_enabled: flag } as const

const day = pattern(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, 'must be a date in the format YYYY-MM-DD')
const clock = pattern(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time in the format HH:mm')
const decimal = pattern(/^-?\d+(\.\d+)?$/, 'must be a number')
const field = { ...act, ...focus, ...placeholder, dispatch_action_config: dispatchConfig } as const

const lengths = rule((element) =>
  typeof element.min_length === 'number' &&
  typeof element.max_length === 'number' &&
  element.min_length > element.max_length
    ? '`min_length` must not be greater than `max_length`'
    : undefined,
)
const bounds = rule((element) =>
  Number(element.min_value) > Number(element.max_value)
    ? '`min_value` must not be greater than `max_value`'
    : undefined,
)
const imageSource = rule((element) =>
  (element.image_url === undefined) === (element.slack_file === undefined)
    ? 'must provide exactly one of `image_url` or `slack_file`'
    : undefined,
)
export const imageFields = {
  image_url: webAddress,
  slack_file: shape({}, { id: text(255), url: webAddress }),
} as const

export const imageElement = all(shape({ ...is('image'), alt_text: text(2000) }, imageFields), imageSource)
export const oneImageSource = imageSource

export const button = shape(
  { ...is('button'), text: plainText(75) },
  { ...act, ...confirm, url: webAddress, value: text(2000), style, accessibility_label: text(75) },
)

const feedbackButton = shape({ text: plainText(75), value: text(2000) }, { accessibility_label: text(75) })

export const feedbackButtons = shape(
  { ...is('feedback_buttons'), positive_button: feedbackButton, negative_button: feedbackButton },
  act,
)
export const iconButton = shape(
  { ...is('icon_button'), icon: oneOf('trash'), text: plainText(75) },
  { ...act, ...confirm, value: text(2000), visible_to_user_ids: list(id, 100), accessibility_label: text(75) },
)

/** Elements that choose one or several of something; allowed in sections, actions and inputs alike. */
export const choosing: Readonly<Record<string, Check>> = {
  checkboxes: all(
    shape(
      { ...is('checkboxes'), options: list(richOption, 10) },
      { ...act, ...confirm, ...focus, initial_options: list(richOption, 10) },
    ),
    uniqueValues,
    initialAmongOptions,
  ),
  radio_buttons: all(
    shape(
      { ...is('radio_buttons'), options: list(richOption, 10) },
      { ...act, ...confirm, ...focus, initial_option: richOption },
    ),
    uniqueValues,
    initialAmongOptions,
  ),
  static_select: all(
    shape(is('static_select'), { ...picker, ...optionSource, initial_option: plainOption }),
    oneSourceOfOptions,
    initialAmongOptions,
  ),
  multi_static_select: all(
    shape(is('multi_static_select'), {
      ...picker,
      ...several,
      ...optionSource,
      initial_options: list(plainOption, 100),
    }),
    oneSourceOfOptions,
    initialAmongOptions,
  ),
  external_select: shape(is('external_select'), {
    ...picker,
    initial_option: plainOption,
    min_query_length: whole(0, 255),
  }),
  multi_external_select: shape(is('multi_external_select'), {
    ...picker,
    ...several,
    initial_options: list(plainOption, 100),
    min_query_length: whole(0, 255),
  }),
  users_select: shape(is('users_select'), { ...picker, initial_user: id }),
  multi_users_select: shape(is('multi_users_select'), { ...picker, ...several, initial_users: list(id, 100) }),
  conversations_select: shape(is('conversations_select'), {
    ...picker,
    ...answer,
    ...toConversation,
    initial_conversation: id,
  }),
  multi_conversations_select: shape(is('multi_conversations_select'), {
    ...picker,
    ...several,
    ...toConversation,
    initial_conversations: list(id, 100),
  }),
  channels_select: shape(is('channels_select'), { ...picker, ...answer, initial_channel: id }),
  multi_channels_select: shape(is('multi_channels_select'), {
    ...picker,
    ...several,
    initial_channels: list(id, 100),
  }),
  datepicker: shape(is('datepicker'), { ...picker, initial_date: day }),
  timepicker: shape(is('timepicker'), { ...picker, initial_time: clock, timezone: text(100) }),
}

export const dateTimePicker = shape(is('datetimepicker'), {
  ...act,
  ...confirm,
  ...focus,
  initial_date_time: whole(1_000_000_000, 9_999_999_999),
})

export const overflow = all(
  shape({ ...is('overflow'), options: list(overflowOption, 5, 2) }, { ...act, ...confirm }),
  uniqueValues,
)

const trigger = shape(
  { url: webAddress },
  { customizable_input_parameters: list(shape({ name: text(255), value: text(3000) }), 100) },
)
export const workflowButton = shape(
  { ...is('workflow_button'), text: plainText(75), workflow: shape({ trigger }) },
  { ...act, style, accessibility_label: text(75) },
)

/** Elements in which people type; only in input blocks. */
export const typing: Readonly<Record<string, Check>> = {
  plain_text_input: all(
    shape(is('plain_text_input'), {
      ...field,
      initial_value: text(3000, 0),
      multiline: flag,
      min_length: whole(0, 3000),
      max_length: whole(1, 3000),
    }),
    lengths,
  ),
  email_text_input: shape(is('email_text_input'), { ...field, initial_value: text(3000) }),
  url_text_input: shape(is('url_text_input'), { ...field, initial_value: webAddress }),
  number_input: all(
    shape(
      { ...is('number_input'), is_decimal_allowed: flag },
      { ...field, initial_value: decimal, min_value: decimal, max_value: decimal },
    ),
    bounds,
  ),
  rich_text_input: shape(is('rich_text_input'), {
    ...field,
    initial_value: richTextBlock,
    min_lines: whole(1, 100),
    max_lines: whole(1, 100),
  }),
  file_input: shape(is('file_input'), { ...act, filetypes: list(text(50), 100), max_files: whole(1, 10) }),
}
