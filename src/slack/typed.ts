/**
 * What a person typed, from what Slack sends for it: `&lt;` is `<` again, an address of which Slack made a link is the
 * address, `<#C1|general>` is `#general`. Of a person whose name Slack leaves out, the id stays: `@U123`.
 */
export function typed(text: string): string {
  return text.replace(/<([^<>]*)>|&(?:amp|lt|gt);/g, (piece, token: string | undefined) =>
    token === undefined ? character(piece) : readable(token),
  )
}

function readable(token: string): string {
  const bar = token.indexOf('|')
  const target = characters(bar === -1 ? token : token.slice(0, bar))
  const label = characters(bar === -1 ? '' : token.slice(bar + 1))
  const sign = target.charAt(0)
  if (sign === '@' || sign === '#') return sign + (label.replace(/^[@#]/, '') || target.slice(1))
  if (sign === '!') return label || `@${target.slice(1)}`
  const address = target.replace(/^(mailto|tel):/, '')
  // A link that somebody named by hand could lead anywhere: both are kept.
  return label === '' || address.endsWith(label) ? label || address : `${label} (${address})`
}

function characters(text: string): string {
  return text.replace(/&(?:amp|lt|gt);/g, character)
}

function character(entity: string): string {
  return entity === '&lt;' ? '<' : entity === '&gt;' ? '>' : '&'
}
