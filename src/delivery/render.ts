import { alerts } from '../../blocks/alerts.ts'
import { assigneeCard } from '../../blocks/assignee-card.ts'
import { card } from '../../blocks/card.ts'
import { notice } from '../../blocks/notice.ts'
import { nudge } from '../../blocks/nudge.ts'
import { sharedCard } from '../../blocks/shared-card.ts'
import { isWorthALine, threadLine } from '../../blocks/thread-line.ts'
import type { Render } from './sync.ts'

/** What Slack shows, as `blocks/` draws it. */
export const render: Render = {
  card,
  sharedCard,
  threadLines: (view, from, to, row) => {
    const told = view.history.slice(from - 1, to).filter((event) => isWorthALine(event, view))
    const lines = told.map((event) => threadLine(event, view, row))
    if (lines.length === 0) return null
    return { text: lines.map(({ text }) => text).join('\n'), blocks: lines.flatMap(({ blocks }) => blocks) }
  },
  copy: assigneeCard,
  nudge,
  notice,
  alerts,
}
