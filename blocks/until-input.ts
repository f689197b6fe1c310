import type { InputBlock } from '@slack/types'
import { INPUTS } from './action-ids.ts'
import { clipped } from './limits.ts'
import { plain } from './rich-text.ts'

/** Until when, in words. @param timeZone the person's own, an IANA name */
export function untilInput(timeZone: string): InputBlock {
  return {
    type: 'input',
    block_id: INPUTS.until,
    label: plain('Until when?'),
    hint: plain(`For example 17:00, tomorrow 9am, friday, 1 dec, for 2h. In your time zone, ${clipped(timeZone, 60)}.`),
    element: { type: 'plain_text_input', action_id: INPUTS.until, min_length: 1, max_length: 60 },
  }
}
