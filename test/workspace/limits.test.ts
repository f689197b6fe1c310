import { describe, expect, it } from 'vitest'
import { blocksTooLong, printProblem, validateBlocks, validateView } from '../../src/workspace/limits.ts'

// Each row stands at a documented limit: the first value just passes, the second does not.
// Broken once to see it fail: header 150 -> 151 in limits.ts, unique action ids left out.

const plain = (length: number) => ({ type: 'plain_text', text: 'x'.repeat(length) })
const mrkdwn = (length: number) => ({ type: 'mrkdwn', text: 'x'.repeat(length) })
const many = (count: number, each: (index: number) => unknown) => Array.from({ length: count }, (_, i) => each(i))
const button = (fields: object = {}) => ({ type: 'button', text: plain(3), action_id: 'a', ...fields })
const actions = (...elements: unknown[]) => ({ type: 'actions', elements })
const option = (value: string, fields: object = {}) => ({ text: plain(3), value, ...fields })
const select = (fields: object) => ({ type: 'static_select', action_id: 'a', ...fields })
const input = (element: object, fields: object = {}) => ({ type: 'input', label: plain(3), element, ...fields })
const typed = (fields: object = {}) => ({ type: 'plain_text_input', action_id: 'a', ...fields })
const dialog = (fields: object = {}) => ({
  title: plain(1),
  text: plain(1),
  confirm: plain(1),
  deny: plain(1),
  ...fields,
})
const rich = (...elements: unknown[]) => ({ type: 'rich_text', elements })
const section = (...elements: unknown[]) => ({ type: 'rich_text_section', elements })

const rows: readonly (readonly [string, unknown, unknown, string])[] = [
  [
    'header text 150',
    { type: 'header', text: plain(150) },
    { type: 'header', text: plain(151) },
    'must be less than 151 characters [json-pointer:/blocks/0/text/text]',
  ],
  [
    'header text not empty',
    { type: 'header', text: plain(1) },
    { type: 'header', text: plain(0) },
    'must be more than 0 characters',
  ],
  [
    'header takes plain_text only',
    { type: 'header', text: plain(1) },
    { type: 'header', text: mrkdwn(1) },
    'valid enum value',
  ],
  [
    'section text 3000',
    { type: 'section', text: mrkdwn(3000) },
    { type: 'section', text: mrkdwn(3001) },
    'must be less than 3001 characters [json-pointer:/blocks/0/text/text]',
  ],
  ['section text not empty', { type: 'section', text: mrkdwn(1) }, { type: 'section', text: mrkdwn(0) }, 'more than 0'],
  [
    'section needs text or fields',
    { type: 'section', fields: [plain(1)] },
    { type: 'section' },
    'one of `text` or `fields`',
  ],
  [
    'section fields 10',
    { type: 'section', fields: many(10, () => plain(1)) },
    { type: 'section', fields: many(11, () => plain(1)) },
    'no more than 10 items',
  ],
  [
    'section field 2000',
    { type: 'section', fields: [plain(2000)] },
    { type: 'section', fields: [plain(2001)] },
    'less than 2001',
  ],
  [
    'context elements 10',
    { type: 'context', elements: many(10, () => mrkdwn(1)) },
    { type: 'context', elements: many(11, () => mrkdwn(1)) },
    'no more than 10 items',
  ],
  [
    'context not empty',
    { type: 'context', elements: [plain(1)] },
    { type: 'context', elements: [] },
    'no fewer than 1 items',
  ],
  [
    'context takes no button',
    { type: 'context', elements: [plain(1)] },
    { type: 'context', elements: [button()] },
    'unsupported type: button',
  ],
  [
    'actions elements 25',
    actions(...many(25, (i) => button({ action_id: `${i}` }))),
    actions(...many(26, (i) => button({ action_id: `${i}` }))),
    'no more than 25 items',
  ],
  ['actions take no text input', actions(button()), actions(typed()), 'unsupported type: plain_text_input'],
  [
    'action_id unique in its block',
    actions(button(), button({ action_id: 'b' })),
    actions(button(), button()),
    'unique',
  ],
  [
    'block_id 255',
    { type: 'divider', block_id: 'x'.repeat(255) },
    { type: 'divider', block_id: 'x'.repeat(256) },
    'less than 256',
  ],
  ['button text 75', actions(button({ text: plain(75) })), actions(button({ text: plain(76) })), 'less than 76'],
  [
    'button value 2000',
    actions(button({ value: 'x'.repeat(2000) })),
    actions(button({ value: 'x'.repeat(2001) })),
    'less than 2001',
  ],
  [
    'button action_id 255',
    actions(button({ action_id: 'x'.repeat(255) })),
    actions(button({ action_id: 'x'.repeat(256) })),
    'less than 256',
  ],
  [
    'button url 3000',
    actions(button({ url: `https://${'x'.repeat(2992)}` })),
    actions(button({ url: `https://${'x'.repeat(2993)}` })),
    'less than 3001',
  ],
  [
    'button url is one',
    actions(button({ url: 'https://example.com' })),
    actions(button({ url: 'javascript:alert(1)' })),
    'valid url',
  ],
  [
    'button label 75',
    actions(button({ accessibility_label: 'x'.repeat(75) })),
    actions(button({ accessibility_label: 'x'.repeat(76) })),
    'less than 76',
  ],
  ['button style', actions(button({ style: 'danger' })), actions(button({ style: 'default' })), 'valid enum value'],
  ['button fields', actions(button()), actions(button({ colour: 'red' })), 'invalid additional property: colour'],
  ['button needs text', actions(button()), actions({ type: 'button', action_id: 'a' }), 'missing required field: text'],
  [
    'confirm title 100',
    actions(button({ confirm: dialog({ title: plain(100) }) })),
    actions(button({ confirm: dialog({ title: plain(101) }) })),
    'less than 101',
  ],
  [
    'confirm text 300',
    actions(button({ confirm: dialog({ text: mrkdwn(300) }) })),
    actions(button({ confirm: dialog({ text: mrkdwn(301) }) })),
    'less than 301',
  ],
  [
    'confirm button 30',
    actions(button({ confirm: dialog({ confirm: plain(30) }) })),
    actions(button({ confirm: dialog({ confirm: plain(31) }) })),
    'less than 31',
  ],
  [
    'deny button 30',
    actions(button({ confirm: dialog({ deny: plain(30) }) })),
    actions(button({ confirm: dialog({ deny: plain(31) }) })),
    'less than 31',
  ],
  [
    'select options 100',
    actions(select({ options: many(100, (i) => option(`${i}`)) })),
    actions(select({ options: many(101, (i) => option(`${i}`)) })),
    'no more than 100 items',
  ],
  [
    'select needs options',
    actions(select({ options: [option('1')] })),
    actions(select({})),
    'exactly one of `options`',
  ],
  [
    'option text 75',
    actions(select({ options: [option('1', { text: plain(75) })] })),
    actions(select({ options: [option('1', { text: plain(76) })] })),
    'less than 76',
  ],
  [
    'option value 150',
    actions(select({ options: [option('x'.repeat(150))] })),
    actions(select({ options: [option('x'.repeat(151))] })),
    'less than 151',
  ],
  [
    'initial option is offered',
    actions(select({ options: [option('1')], initial_option: option('1') })),
    actions(select({ options: [option('1')], initial_option: option('2') })),
    'exactly match',
  ],
  [
    'placeholder 150',
    actions(select({ options: [option('1')], placeholder: plain(150) })),
    actions(select({ options: [option('1')], placeholder: plain(151) })),
    'less than 151',
  ],
  [
    'overflow at least 2',
    actions({ type: 'overflow', options: [option('1'), option('2')] }),
    actions({ type: 'overflow', options: [option('1')] }),
    'no fewer than 2 items',
  ],
  [
    'overflow at most 5',
    actions({ type: 'overflow', options: many(5, (i) => option(`${i}`)) }),
    actions({ type: 'overflow', options: many(6, (i) => option(`${i}`)) }),
    'no more than 5 items',
  ],
  [
    'radio buttons 10',
    actions({ type: 'radio_buttons', options: many(10, (i) => option(`${i}`)) }),
    actions({ type: 'radio_buttons', options: many(11, (i) => option(`${i}`)) }),
    'no more than 10 items',
  ],
  [
    'checkboxes 10',
    actions({ type: 'checkboxes', options: many(10, (i) => option(`${i}`)) }),
    actions({ type: 'checkboxes', options: many(11, (i) => option(`${i}`)) }),
    'no more than 10 items',
  ],
  [
    'image alt_text 2000',
    { type: 'image', image_url: 'https://e.com/a.png', alt_text: 'x'.repeat(2000) },
    { type: 'image', image_url: 'https://e.com/a.png', alt_text: 'x'.repeat(2001) },
    'less than 2001',
  ],
  [
    'image has one source',
    { type: 'image', image_url: 'https://e.com/a.png', alt_text: 'x' },
    { type: 'image', alt_text: 'x' },
    'exactly one of `image_url`',
  ],
  [
    'input label 2000',
    input(typed(), { label: plain(2000) }),
    input(typed(), { label: plain(2001) }),
    'less than 2001',
  ],
  ['input hint 2000', input(typed(), { hint: plain(2000) }), input(typed(), { hint: plain(2001) }), 'less than 2001'],
  ['input takes no button', input(typed()), input(button()), 'unsupported type: button'],
  [
    'text input initial 3000',
    input(typed({ initial_value: 'x'.repeat(3000) })),
    input(typed({ initial_value: 'x'.repeat(3001) })),
    'less than 3001',
  ],
  [
    'text input max_length 3000',
    input(typed({ max_length: 3000 })),
    input(typed({ max_length: 3001 })),
    'less than or equal to 3000',
  ],
  [
    'text input lengths in order',
    input(typed({ min_length: 2, max_length: 3 })),
    input(typed({ min_length: 4, max_length: 3 })),
    '`min_length`',
  ],
  [
    'number input bounds',
    input({ type: 'number_input', is_decimal_allowed: false, min_value: '1' }),
    input({ type: 'number_input', min_value: '1' }),
    'is_decimal_allowed',
  ],
  [
    'date format',
    input({ type: 'datepicker', initial_date: '2026-11-22' }),
    input({ type: 'datepicker', initial_date: '22.11.2026' }),
    'YYYY-MM-DD',
  ],
  [
    'rich text elements',
    rich(section({ type: 'text', text: 'x' })),
    rich({ type: 'text', text: 'x' }),
    'unsupported type: text',
  ],
  [
    'rich text not empty',
    rich(section({ type: 'text', text: 'x' })),
    rich(section({ type: 'text', text: '' })),
    'more than 0',
  ],
  [
    'rich text list of sections',
    rich({ type: 'rich_text_list', style: 'bullet', elements: [section()] }),
    rich({ type: 'rich_text_list', style: 'bullet', elements: [{ type: 'text', text: 'x' }] }),
    'unsupported type: text',
  ],
  [
    'preformatted mentions nobody',
    rich({ type: 'rich_text_preformatted', elements: [{ type: 'text', text: 'x' }] }),
    rich({ type: 'rich_text_preformatted', elements: [{ type: 'user', user_id: 'U1' }] }),
    'unsupported type: user',
  ],
  [
    'text style is known',
    rich(section({ type: 'text', text: 'x', style: { bold: true } })),
    rich(section({ type: 'text', text: 'x', style: { big: true } })),
    'invalid additional property: big',
  ],
  [
    'table rows 100',
    { type: 'table', rows: many(100, () => [{ type: 'raw_text', text: 'x' }]) },
    { type: 'table', rows: many(101, () => [{ type: 'raw_text', text: 'x' }]) },
    'no more than 100 items',
  ],
  [
    'markdown 12000',
    { type: 'markdown', text: 'x'.repeat(12_000) },
    { type: 'markdown', text: 'x'.repeat(12_001) },
    'less than 12001',
  ],
  [
    'block type is known',
    { type: 'divider' },
    { type: 'separator' },
    'unsupported type: separator [json-pointer:/blocks/0/type]',
  ],
  ['block type is given', { type: 'divider' }, {}, 'missing required field: type'],
  ['block is an object', { type: 'divider' }, 'divider', 'must be an object'],
  ['prototype names are no types', { type: 'divider' }, { type: 'constructor' }, 'unsupported type: constructor'],
]

describe('a block', () => {
  it.each(rows)('%s', (_name, passes, fails, says) => {
    expect(validateBlocks([passes])).toEqual([])
    expect(validateBlocks([fails]).map(printProblem).join('\n')).toContain(says)
  })
})

describe('blocks together', () => {
  it('are at most 50 in a message and 100 in a view', () => {
    const dividers = (count: number) => many(count, () => ({ type: 'divider' }))
    expect(validateBlocks(dividers(50))).toEqual([])
    expect(validateBlocks(dividers(51)).map(printProblem)).toEqual([
      '[ERROR] no more than 50 items allowed [json-pointer:/blocks]',
    ])
    expect(validateBlocks(dividers(100), 'modal')).toEqual([])
    expect(validateBlocks(dividers(101), 'modal')).toHaveLength(1)
  })

  it('have a block_id each of their own', () => {
    const block = { type: 'divider', block_id: 'same' }
    expect(validateBlocks([block, block]).map(printProblem).join()).toContain('/blocks/1/block_id')
  })

  it('focus at most one element', () => {
    const focused = (id: string) => input(typed({ focus_on_load: true }), { block_id: id })
    expect(validateBlocks([focused('a')])).toEqual([])
    expect(validateBlocks([focused('a'), focused('b')])).toHaveLength(1)
  })

  it('hold about 13,000 characters of text', () => {
    expect(blocksTooLong(many(4, () => ({ type: 'section', text: mrkdwn(3000) })))).toBe(false)
    expect(blocksTooLong(many(5, () => ({ type: 'section', text: mrkdwn(2600) })))).toBe(true)
  })

  it('agree with what has been measured of Slack: 9,597 characters in 50 blocks pass, 11,341 in 45 do not', () => {
    const of = (count: number, sum: number) =>
      many(count, (i) => ({ type: 'section', text: mrkdwn(Math.floor(sum / count) + (i < sum % count ? 1 : 0)) }))
    expect(blocksTooLong(of(50, 9597))).toBe(false)
    expect(blocksTooLong(of(45, 11_341))).toBe(true)
  })
})

const modal = (fields: object = {}) => ({ type: 'modal', title: plain(5), blocks: [{ type: 'divider' }], ...fields })

const views: readonly (readonly [string, unknown, unknown, string])[] = [
  [
    'title 24',
    modal({ title: plain(24) }),
    modal({ title: plain(25) }),
    'less than 25 characters [json-pointer:/view/title/text]',
  ],
  ['submit 24', modal({ submit: plain(24) }), modal({ submit: plain(25) }), 'less than 25'],
  ['close 24', modal({ close: plain(24) }), modal({ close: plain(25) }), 'less than 25'],
  [
    'private_metadata 3000',
    modal({ private_metadata: 'x'.repeat(3000) }),
    modal({ private_metadata: 'x'.repeat(3001) }),
    'less than 3001',
  ],
  [
    'callback_id 255',
    modal({ callback_id: 'x'.repeat(255) }),
    modal({ callback_id: 'x'.repeat(256) }),
    'less than 256',
  ],
  [
    'submit with inputs',
    modal({ blocks: [input(typed())], submit: plain(4) }),
    modal({ blocks: [input(typed())] }),
    'missing required field: submit',
  ],
  ['title is needed', modal(), { type: 'modal', blocks: [] }, 'missing required field: title'],
  [
    'fields are known',
    modal({ notify_on_close: true }),
    modal({ colour: 'red' }),
    'invalid additional property: colour',
  ],
  ['a home is no modal', modal(), { type: 'home', blocks: [] }, 'unsupported type: home'],
]

describe('a modal', () => {
  it.each(views)('%s', (_name, passes, fails, says) => {
    expect(validateView(passes, 'modal')).toEqual([])
    expect(validateView(fails, 'modal').map(printProblem).join('\n')).toContain(says)
  })
})
