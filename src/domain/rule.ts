/** Extra strictness: where the condition holds, the decision gets at least this route. */
export type Rule = {
  /** A condition in CEL over what the agent sent; known to parse and to name only what there is. */
  readonly when: string
  readonly route: 'human_review' | 'escalate' | 'block'
  /** The policy owner's reason, as people read it on the card. */
  readonly because: string
}

/**
 * What one rule says of one decision. An `error` asks for `escalate`; its text is shown to people, so it must not quote
 * what the agent sent.
 */
export type Ruling =
  /** `index`: position in the action's `rules`. */
  { readonly index: number } & ({ readonly holds: boolean } | { readonly error: string })
