/**
 * Slack's documented limits on blocks, messages' blocks and views, enforced at least as strictly as Slack does
 * (docs.slack.dev/reference/block-kit/blocks, /reference/views). Text lengths are in UTF-16 units.
 */
import {
  all,
  byType,
  type Check,
  flag,
  isObject,
  list,
  oneOf,
  type Problem,
  problemsOf,
  rule,
  shape,
  text,
  whole,
} from './check.ts'
import {
  anyText,
  button,
  choosing,
  dateTimePicker,
  feedbackButtons,
  iconButton,
  imageElement,
  imageFields,
  oneImageSource,
  overflow,
  plainText,
  typing,
  workflowButton,
} from './limit-elements.ts'
import { richTextBlock } from './limit-rich-text.ts'

export type Surface = 'message' | 'modal' | 'home'
export type { Problem } from './check.ts'

const blockId = { block_id: text(255) } as const
const is = (type: string): Readonly<Record<string, Check>> => ({ type: oneOf(type) })

const sectionBlock = all(
  shape(is('section'), {
    ...blockId,
    text: anyText(3000),
    fields: list(anyText(2000), 10),
    accessory: byType({ button, image: imageElement, overflow, workflow_button: workflowButton, ...choosing }),
    expand: flag,
  }),
  rule((block) =>
    block.text === undefined && block.fields === undefined ? 'must provide one of `text` or `fields`' : undefined,
  ),
)

const actionsBlock = shape(
  {
    ...is('actions'),
    elements: list(
      byType({
        button,
        overflow,
        workflow_button: workflowButton,
        datetimepicker: dateTimePicker,
        ...choosing,
      }),
      25,
    ),
  },
  blockId,
)

const inputElement = byType({ ...typing, datetimepicker: dateTimePicker, ...choosing })
const inputBlock = shape(
  { ...is('input'), label: plainText(2000), element: inputElement },
  { ...blockId, hint: plainText(2000), optional: flag, dispatch_action: flag },
)

const rawCell = shape({ ...is('raw_text'), text: text(3000) })
const tableBlock = shape(
  {
    ...is('table'),
    rows: list(list(byType({ raw_text: rawCell, rich_text: richTextBlock }), 20), 100),
  },
  {
    ...blockId,
    column_settings: list(shape({}, { align: oneOf('left', 'center', 'right'), is_wrapped: flag }), 20),
  },
)

/** Blocks this workspace knows. Slack's newest ones (cards, plans, charts) are refused: nothing here shows them. */
const everywhere: Readonly<Record<string, Check>> = {
  header: shape({ ...is('header'), text: plainText(150) }, { ...blockId, level: whole(1, 4) }),
  section: sectionBlock,
  divider: shape(is('divider'), blockId),
  context: shape(
    {
      ...is('context'),
      elements: list(byType({ image: imageElement, plain_text: anyText(3000), mrkdwn: anyText(3000) }), 10),
    },
    blockId,
  ),
  actions: actionsBlock,
  image: all(
    shape({ ...is('image'), alt_text: text(2000) }, { ...blockId, ...imageFields, title: plainText(2000) }),
    oneImageSource,
  ),
  rich_text: richTextBlock,
  input: inputBlock,
}

const blocksOf: Readonly<Record<Surface, Check>> = {
  message: byType({
    ...everywhere,
    markdown: shape({ ...is('markdown'), text: text(12_000) }, blockId),
    table: tableBlock,
    context_actions: shape(
      {
        ...is('context_actions'),
        elements: list(byType({ feedback_buttons: feedbackButtons, icon_button: iconButton }), 5),
      },
      blockId,
    ),
  }),
  modal: byType(everywhere),
  home: byType(everywhere),
}

/** `block_id` is unique in a message or view, `action_id` in its block, and at most one element takes the focus. */
const uniqueIds: Check = (value, at, note) => {
  if (!Array.isArray(value)) return
  const blockIds = new Set<string>()
  let focused = 0
  for (const [index, block] of value.entries()) {
    if (!isObject(block)) continue
    if (typeof block.block_id === 'string') {
      if (blockIds.has(block.block_id)) note('`block_id` must be unique', `${at}/${index}/block_id`)
      blockIds.add(block.block_id)
    }
    const actionIds = new Set<string>()
    for (const { element, pointer } of elementsOf(block, `${at}/${index}`)) {
      if (element.focus_on_load === true) focused += 1
      if (typeof element.action_id !== 'string') continue
      if (actionIds.has(element.action_id)) note('`action_id` must be unique in its block', `${pointer}/action_id`)
      actionIds.add(element.action_id)
    }
  }
  if (focused > 1) note('only one element may set `focus_on_load`', at)
  const tables = value.filter((block) => isObject(block) && block.type === 'table').length
  if (tables > 1) note('only one table is allowed in a message', at)
}

type Element = { readonly element: Readonly<Record<string, unknown>>; readonly pointer: string }

function elementsOf(block: Readonly<Record<string, unknown>>, at: string): readonly Element[] {
  const listed = block.type === 'actions' || block.type === 'context_actions' ? block.elements : undefined
  const many = Array.isArray(listed) ? listed.map((element, i) => ({ element, pointer: `${at}/elements/${i}` })) : []
  const single = [
    { element: block.accessory, pointer: `${at}/accessory` },
    { element: block.element, pointer: `${at}/element` },
  ]
  return [...many, ...single].flatMap(({ element, pointer }) => (isObject(element) ? [{ element, pointer }] : []))
}

/** Problems of a message's (at most 50) or a view's (at most 100) blocks; empty when Slack would take them. */
export function validateBlocks(blocks: unknown, surface: Surface = 'message', pointer = '/blocks'): readonly Problem[] {
  const most = surface === 'message' ? 50 : 100
  return problemsOf(all(list(blocksOf[surface], most, 0), uniqueIds), blocks, pointer)
}

/**
 * True when all blocks of a message together are more than Slack takes (`msg_blocks_too_long`). Slack counts the text
 * of every block plus something for each block; 13,000 with 40 a block agrees with what has been measured of it.
 */
export function blocksTooLong(blocks: readonly unknown[]): boolean {
  return textLength(blocks) + 40 * blocks.length > 13_000
}

function textLength(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum: number, each) => sum + textLength(each), 0)
  if (!isObject(value)) return 0
  return Object.entries(value).reduce(
    (sum, [key, each]) => sum + (key === 'text' && typeof each === 'string' ? each.length : textLength(each)),
    0,
  )
}

const viewCommon = {
  private_metadata: text(3000, 0),
  callback_id: text(255, 0),
  external_id: text(255, 0),
} as const
const modalView = all(
  shape(
    { ...is('modal'), title: plainText(24), blocks: list(blocksOf.modal, 100, 0) },
    {
      ...viewCommon,
      close: plainText(24),
      submit: plainText(24),
      clear_on_close: flag,
      notify_on_close: flag,
      submit_disabled: flag,
    },
  ),
  rule((view) => {
    const blocks = Array.isArray(view.blocks) ? view.blocks : []
    const asks = blocks.some((block) => isObject(block) && block.type === 'input')
    return asks && view.submit === undefined ? 'missing required field: submit' : undefined
  }),
)
const homeView = shape({ ...is('home'), blocks: list(blocksOf.home, 100, 0) }, viewCommon)

/** Problems of a view for `views.open`, `push`, `update` (modal) or `publish` (home); 250 kB is checked by the method. */
export function validateView(view: unknown, type: 'modal' | 'home'): readonly Problem[] {
  const check: Check = (value, at, note) => {
    byType(type === 'modal' ? { modal: modalView } : { home: homeView })(value, at, note)
    if (isObject(value)) uniqueIds(value.blocks, `${at}/blocks`, note)
  }
  return problemsOf(check, view, '/view')
}

/** Slack's way of printing a problem, as in `response_metadata.messages`. */
export function printProblem(problem: Problem): string {
  return `[ERROR] ${problem.message} [json-pointer:${problem.pointer}]`
}
