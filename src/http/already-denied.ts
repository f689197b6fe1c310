import type { AlreadyDenied } from '../app/ports.ts'
import { DENIAL_STANDS } from '../domain/ask.ts'
import { HOUR, toIso } from '../domain/time.ts'
import { type Refusal, refuse } from './answer.ts'
import { selfLink } from './decision-json.ts'

/** The answer to an ask that a person has denied a short while ago; it names the denied decision and the reason. */
export function alreadyDenied({ denial, step }: AlreadyDenied, publicUrl: string): Refusal {
  const { decision, by, at, reason } = denial
  const what = step === null ? 'exactly this' : `exactly what step ${step} wants`
  const detail = `${by} denied ${what} at ${toIso(at)}: "${reason}"; a denial stands for ${DENIAL_STANDS / HOUR} hours. Nothing was recorded and nobody was asked. ${decision} is the denied decision; other parameters are another request.`
  return { ...refuse('already_denied', detail), links: { decision: selfLink(decision, publicUrl) } }
}
