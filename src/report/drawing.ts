/** Sizes are made for this width, and for being read at half of it, on a phone. */
const WIDTH = 780

export const INK = {
  text: '#1f2937',
  quiet: '#4b5563',
  grid: '#e5e7eb',
  good: '#0b5cad',
  bad: '#b3261e',
  few: '#6b7280',
}

type Attributes = Readonly<Record<string, string | number>>

/** An element as SVG text. @param inside SVG text already */
export function element(name: string, attributes: Attributes, inside = ''): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(String(value))}"`)
  return `<${name}${written.join('')}>${inside}</${name}>`
}

/** A line of text. @param at where it begins, or its middle or end, on its base line */
export function words(
  text: string,
  at: { readonly x: number; readonly y: number },
  { size = 24, anchor = 'start', fill = INK.text, weight = 400 }: Partial<Look> = {},
): string {
  const look = { 'font-size': size, 'text-anchor': anchor, fill, 'font-weight': weight }
  return element('text', { x: round(at.x), y: round(at.y), ...look }, escaped(text))
}

type Look = {
  readonly size: number
  readonly anchor: 'start' | 'middle' | 'end'
  readonly fill: string
  readonly weight: number
}

export function line(from: readonly [number, number], to: readonly [number, number], look: Attributes): string {
  const ends = { x1: round(from[0]), y1: round(from[1]), x2: round(to[0]), y2: round(to[1]) }
  return element('line', { ...ends, 'stroke-width': 2, ...look })
}

export function dot(x: number, y: number, color: string, filled: boolean): string {
  const look = { fill: filled ? color : '#ffffff', stroke: color, 'stroke-width': 3 }
  return element('circle', { cx: round(x), cy: round(y), r: 9, ...look })
}

/** A whole picture with a title and a line below it. */
export function picture(height: number, title: string, below: string, parts: readonly string[]): string {
  const look = { xmlns: 'http://www.w3.org/2000/svg', width: WIDTH, height, viewBox: `0 0 ${WIDTH} ${height}` }
  const paper = element('rect', { width: WIDTH, height, fill: '#ffffff' })
  const head = [
    words(cut(title, 42), { x: 24, y: 50 }, { size: 32, weight: 600 }),
    words(cut(below, 66), { x: 24, y: 88 }, { fill: INK.quiet }),
  ]
  return element('svg', { ...look, 'font-family': 'IBM Plex Sans' }, [paper, ...head, ...parts].join('\n'))
}

export function percent(share: number): string {
  return `${Math.round(100 * share)}%`
}

/** 1,234 */
export function grouped(count: number): string {
  return count.toLocaleString('en-US')
}

function cut(text: string, most: number): string {
  const letters = Array.from(text)
  return letters.length <= most ? text : `${letters.slice(0, most - 1).join('')}…`
}

function round(value: number): number {
  return Math.round(10 * value) / 10
}

/** XML has no place for control characters at all. */
function escaped(text: string): string {
  return text
    .replace(/[\p{Cc}\p{Cs}]/gu, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
