/** The structure of a rich_text block (docs.slack.dev/reference/block-kit/blocks/rich-text-block). */
import { byType, type Check, flag, list, oneOf, shape, text, whole } from './check.ts'

const is = (type: string): Readonly<Record<string, Check>> => ({ type: oneOf(type) })
const textStyle = shape({}, { bold: flag, italic: flag, strike: flag, code: flag, underline: flag })
const mentionStyle = shape(
  {},
  {
    bold: flag,
    italic: flag,
    strike: flag,
    code: flag,
    underline: flag,
    highlight: flag,
    client_highlight: flag,
    unlink: flag,
  },
)
const id = text(255)
const mention = { style: mentionStyle } as const

const plain = shape({ ...is('text'), text: text(Number.POSITIVE_INFINITY) }, { style: textStyle })
const link = shape(
  { ...is('link'), url: text(3000) },
  { text: text(Number.POSITIVE_INFINITY), unsafe: flag, style: textStyle },
)

const inline = byType({
  text: plain,
  link,
  emoji: shape(
    { ...is('emoji'), name: text(255) },
    { unicode: text(255), url: text(3000), style: textStyle, skin_tone: whole(1, 6) },
  ),
  user: shape({ ...is('user'), user_id: id }, mention),
  usergroup: shape({ ...is('usergroup'), usergroup_id: id }, mention),
  channel: shape({ ...is('channel'), channel_id: id }, mention),
  team: shape({ ...is('team'), team_id: id }, mention),
  broadcast: shape({ ...is('broadcast'), range: oneOf('here', 'channel', 'everyone') }, { style: textStyle }),
  color: shape({ ...is('color'), value: text(255) }, { style: textStyle }),
  date: shape(
    { ...is('date'), timestamp: whole(0, Number.MAX_SAFE_INTEGER), format: text(255) },
    { url: text(3000), fallback: text(255), style: textStyle },
  ),
})

const border = { border: oneOf(0, 1) } as const
const section = shape({ ...is('rich_text_section'), elements: list(inline, Number.POSITIVE_INFINITY, 0) })

export const richTextBlock: Check = shape(
  {
    ...is('rich_text'),
    elements: list(
      byType({
        rich_text_section: section,
        rich_text_list: shape(
          {
            ...is('rich_text_list'),
            style: oneOf('bullet', 'ordered'),
            elements: list(byType({ rich_text_section: section }), Number.POSITIVE_INFINITY),
          },
          { ...border, indent: whole(0, 8), offset: whole(0, 100_000) },
        ),
        rich_text_quote: shape(
          { ...is('rich_text_quote'), elements: list(inline, Number.POSITIVE_INFINITY, 0) },
          border,
        ),
        // Mentions inside preformatted text would notify nobody; Slack refuses them.
        rich_text_preformatted: shape(
          {
            ...is('rich_text_preformatted'),
            elements: list(byType({ text: plain, link }), Number.POSITIVE_INFINITY, 0),
          },
          { ...border, language: text(50) },
        ),
      }),
      Number.POSITIVE_INFINITY,
    ),
  },
  { block_id: text(255) },
)
