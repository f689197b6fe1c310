import type { KnownBlock } from '@slack/types'
import { ASKS_COUNTED } from '../src/domain/ask.ts'
import type { DecisionView } from '../src/domain/decision-view.ts'
import { DAY } from '../src/domain/time.ts'
import { bold, emoji, person, richText, say, section } from './rich-text.ts'
import { date } from './when.ts'

/** How often this was asked and denied when it was submitted, and by whom last. Nothing where nobody had denied it. */
export function askedBeforeOnCard({ decision }: DecisionView): readonly KnownBlock[] {
  const { askedBefore } = decision
  if (askedBefore === undefined) return []
  const { times, denied, lastDenial } = askedBefore
  const counts = bold(` Asked ${often(times)} in ${ASKS_COUNTED / DAY} days, denied ${often(denied)}`)
  const last = [say('; the last time by '), person(lastDenial.by), say(', '), date(lastDenial.at)]
  return [richText(section(emoji('repeat'), counts, ...last, say(` (${lastDenial.decision})`)))]
}

function often(times: number): string {
  if (times === 1) return 'once'
  return times === 2 ? 'twice' : `${times} times`
}
