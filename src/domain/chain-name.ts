import { SERVICE } from './service-event.ts'

/** Whose events a chain of the audit log holds. Agents name workflows: an id alone does not say what it names. */
export type ChainName = { readonly kind: 'decision' | 'workflow'; readonly id: string } | { readonly kind: 'service' }

/** `decision dec_...`, `workflow ...` or `service`: what exports and roots call a chain. */
export function nameText(name: ChainName): string {
  return name.kind === 'service' ? SERVICE : `${name.kind} ${name.id}`
}

/** What each entry of the chain says it is about. */
export function subjectOf(name: ChainName): string {
  return name.kind === 'service' ? SERVICE : name.id
}

/** The chain that `nameText` calls so. */
export function parseName(text: string): ChainName {
  const [, kind, id] = /^(decision|workflow) (.*)$/s.exec(text) ?? []
  return (kind === 'decision' || kind === 'workflow') && id !== undefined ? { kind, id } : { kind: 'service' }
}
