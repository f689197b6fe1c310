import type { KnownBlock } from '@slack/types'
import { alerts } from '../../blocks/alerts.ts'
import { assigneeCard } from '../../blocks/assignee-card.ts'
import { auditCard, isAuditView } from '../../blocks/audit-card.ts'
import { card } from '../../blocks/card.ts'
import { checklist } from '../../blocks/checklist.ts'
import { notice } from '../../blocks/notice.ts'
import { nudge } from '../../blocks/nudge.ts'
import { sharedCard } from '../../blocks/shared-card.ts'
import { isWorthALine, threadLine } from '../../blocks/thread-line.ts'
import { unknownNotice } from '../../blocks/unknown-notice.ts'
import { voidedNotice } from '../../blocks/voided-notice.ts'
import type { DecisionView } from '../domain/decision-view.ts'
import type { Instant } from '../domain/time.ts'
import type { Render } from './sync.ts'

/** What Slack shows, as `blocks/` draws it. */
export const render: Render = {
  card,
  sharedCard,
  threadLines: (view, from, to, row) => {
    const told = view.history.slice(from - 1, to).filter((event) => isWorthALine(event, view))
    // All of them are about one step, which the first one names.
    const lines = told.map((event, at) => threadLine(event, view, row, at === 0))
    if (lines.length === 0) return null
    return { text: lines.map(({ text }) => text).join('\n'), blocks: lines.flatMap(({ blocks }) => blocks) }
  },
  copy: assigneeCard,
  nudge,
  voided: voidedNotice,
  notice,
  alerts,
  checklist,
  unknown: unknownNotice,
  audit: (view) => {
    if (!isAuditView(view)) return null
    return view.decision.erasedAt === undefined ? auditCard(view) : card(view, view.decision.erasedAt)
  },
}

/** The blocks of a card, one decision's or one that several share; null: it shows nobody's. */
export function cardBlocks(views: readonly DecisionView[], now: Instant): readonly KnownBlock[] | null {
  const [first, ...others] = views
  if (first === undefined) return null
  return (others.length === 0 ? card(first, now) : sharedCard([first, ...others], now)).blocks
}
