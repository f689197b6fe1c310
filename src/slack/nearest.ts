import { distance } from 'fastest-levenshtein'

/**
 * The name that was begun or mistyped: as many as half of its letters may be wrong, but never more than three.
 * @returns null: none is near enough to be what was meant
 */
export function nearest<Name extends string>(written: string, names: readonly Name[]): Name | null {
  const begun = names.find((name) => written.length >= 3 && name.startsWith(written))
  if (begun !== undefined) return begun
  const [best] = names.map((name) => ({ name, far: distance(written, name) })).toSorted((a, b) => a.far - b.far)
  if (best === undefined || best.far > Math.min(3, Math.floor(written.length / 2))) return null
  return best.name
}
