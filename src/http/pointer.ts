/** The keys and list positions that lead from a JSON value's root to a place in it. */
export type Path = readonly PropertyKey[]

/** An RFC 6901 JSON pointer; the root is the empty text. */
export function pointerOf(path: Path): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}
