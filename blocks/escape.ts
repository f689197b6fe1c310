/**
 * Text that can't bite. What agents and people wrote reaches Slack as rich_text or plain_text only, which interpret
 * nothing, and with every character made visible. mrkdwn holds our own words and what `isPlainWords` lets through.
 */

// Everything that Unicode says may be drawn as nothing (zero-width, bidi, tags, fillers, variation selectors), and
// control, format, private, unassigned, lone-surrogate and separator characters. New lines and tabs are layout.
const HIDDEN = /(?![\n\t])[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\u{1D159}]/gu

// The joiner and the colour selector inside an emoji hide nothing: they stand between or after pictographs.
const EMOJI_GLUE =
  /\p{Extended_Pictographic}\uFE0F?\p{Emoji_Modifier}?(?:\u200D\p{Extended_Pictographic}\uFE0F?\p{Emoji_Modifier}?){0,8}/gu

/** `&`, `<` and `>` as Slack wants them in mrkdwn: without them there is no mention, no link, no date. */
export function escapeMrkdwn(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** Every character that would not be seen, or that reorders its neighbours, as `⟨U+202E⟩`. Emoji stay whole. */
export function visible(text: string): string {
  let shown = ''
  let from = 0
  for (const emoji of text.matchAll(EMOJI_GLUE)) {
    shown += named(text.slice(from, emoji.index)) + emoji[0]
    from = emoji.index + emoji[0].length
  }
  return shown + named(text.slice(from))
}

/** `visible`, for what has one line of its own: new lines and tabs are named as well. */
export function oneLine(text: string): string {
  return visible(text).replaceAll('\n', '⟨U+000A⟩').replaceAll('\t', '⟨U+0009⟩')
}

/** Is there a character that a reader would not see? New lines and tabs do not count. */
export function hasHidden(text: string): boolean {
  return visible(text) !== text
}

/**
 * A JSON text with every character outside plain sight as a `\u` escape, which still parses to the same value and,
 * unlike a marker, can't be mistaken for text that really says so. Spaces of unusual width are escaped too: two values
 * that differ must look different.
 */
export function escapedJson(json: string): string {
  return json.replace(HIDDEN, codeUnits).replace(/[\p{Zs}]/gu, (space) => (space === ' ' ? space : codeUnits(space)))
}

/** Letters, digits and the mildest punctuation: nothing that mrkdwn would format, link, mention or draw as an emoji. */
export function isPlainWords(text: string): boolean {
  return /^[\p{L}\p{N}][\p{L}\p{N}\p{M} ,%'-]*$/u.test(text) && !hasHidden(text)
}

/** A name for the middle of a sentence in mrkdwn, where anything could have been sent as a name. */
export function nameOr(name: string, otherwise: string): string {
  return /^[A-Za-z0-9_-]{1,128}$/.test(name) || isPlainWords(name) ? name : otherwise
}

/**
 * Where a link really leads: its address as browsers read it, and its host with port, non-Latin names in punycode.
 * null: not http(s), or not an address at all, so that it must be shown as text.
 */
export function realLink(url: string): { readonly url: string; readonly host: string } | null {
  if (!URL.canParse(url)) return null
  const { protocol, username, password, host, href } = new URL(url)
  if (protocol !== 'https:' && protocol !== 'http:') return null
  if (username !== '' || password !== '' || href.length > 3_000) return null
  return { url: href, host }
}

function named(text: string): string {
  return text.replace(HIDDEN, (character) => {
    const code = character.codePointAt(0) ?? 0
    return `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`
  })
}

function codeUnits(character: string): string {
  let escaped = ''
  for (let at = 0; at < character.length; at++)
    escaped += `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`
  return escaped
}
