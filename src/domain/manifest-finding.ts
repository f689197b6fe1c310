/** Something about a manifest that its shape does not show. `path` leads to the key that a policy owner would edit. */
export type Finding = {
  readonly severity: 'error' | 'warning'
  readonly code: string
  readonly path: readonly (string | number)[]
  readonly message: string
  /** What to do about it, where that can be said in a sentence. */
  readonly advice?: string
  /** A name that is not defined, and those it may be a misspelling of. */
  readonly misspelt?: { readonly name: string; readonly among: readonly string[] }
}
