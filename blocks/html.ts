import { visible } from './escape.ts'

/** Markup of our own, with what others wrote escaped in it. Only `html` makes any. */
export type Html = { readonly markup: string }

type Value = string | number | Html | readonly Html[]

/**
 * A piece of a page. Whatever is put in is text: it is escaped and its hidden characters are named, so that nothing that
 * anybody wrote becomes an element, an attribute or a link, or is not seen. Put attributes in double quotes.
 */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  const filled = parts.map((part, at) => part + (at < values.length ? markupOf(values[at] ?? '') : ''))
  return { markup: filled.join('') }
}

export const nothing: Html = { markup: '' }

/** A whole page. @param style put in as it is: none of it may be anybody's but ours */
export function page(title: string, style: string, body: Html): string {
  const head = html`<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex"><title>${title}</title>`
  return `<!doctype html><html lang="en"><head>${head.markup}<style>${style}</style></head><body>${body.markup}</body></html>\n`
}

function markupOf(value: Value): string {
  if (typeof value === 'object') return 'markup' in value ? value.markup : value.map(({ markup }) => markup).join('')
  return escaped(visible(String(value)))
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}
