/** Whom a message calls, read as Slack reads it (docs.slack.dev/messaging/formatting-message-text). */
import { isObject } from './check.ts'

const tokens = /<(?:@([UW][A-Z0-9]+)|!subteam\^(S[A-Z0-9]+)|!(here|channel|everyone))(?:\|[^>]*)?>/g
const words = /(^|[^\w&<|@])@(here|channel|everyone)\b/g

/** User ids, group ids and `here`, `channel`, `everyone` named by escape sequences in a mrkdwn text. */
export function mentionsInText(text: string): readonly string[] {
  return [...text.matchAll(tokens)].flatMap(([, user, group, range]) => user ?? group ?? range ?? [])
}

/** What `link_names` and `parse: full` turn into mentions as well: @here and people's and groups' handles. */
export function mentionsByName(text: string, handles: ReadonlyMap<string, string>): readonly string[] {
  const named = [...text.matchAll(/(?:^|[^\w&<|@])@([a-z0-9._-]+)/gi)].flatMap(([, name]) => {
    const id = handles.get((name ?? '').toLowerCase())
    return id === undefined ? [] : [id]
  })
  return [...wordsIn(text), ...named]
}

/**
 * Whom the blocks call: mrkdwn texts and rich_text elements; plain_text calls nobody. A mrkdwn object that is not
 * `verbatim` has its plain @here, @channel and @everyone parsed too, as Slack documents it.
 */
export function mentionsInBlocks(value: unknown): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(mentionsInBlocks)
  if (!isObject(value)) return []
  if (value.type === 'plain_text' || value.type === 'raw_text') return []
  if (value.type === 'mrkdwn' && typeof value.text === 'string') {
    const typed = value.verbatim === true ? [] : wordsIn(value.text)
    return [...mentionsInText(value.text), ...typed]
  }
  if (value.type === 'user' && typeof value.user_id === 'string') return [value.user_id]
  if (value.type === 'usergroup' && typeof value.usergroup_id === 'string') return [value.usergroup_id]
  if (value.type === 'broadcast' && typeof value.range === 'string') return [value.range]
  if (value.type === 'markdown' && typeof value.text === 'string') return mentionsInText(value.text)
  return Object.values(value).flatMap(mentionsInBlocks)
}

function wordsIn(text: string): readonly string[] {
  return [...text.matchAll(words)].flatMap(([, , range]) => range ?? [])
}
