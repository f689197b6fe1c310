import type { Database } from 'better-sqlite3'
import type { Instant } from '../../domain/time.ts'
import type { Step } from './step.ts'

/** The table `weekly_reports`. */
export function weeklyReportRows(db: Database) {
  const last = db.prepare<[], { readonly dueAt: Instant; readonly suggestions: string }>(
    'SELECT due_at AS dueAt, suggestions FROM weekly_reports ORDER BY due_at DESC LIMIT 1',
  )
  return {
    last: (): { readonly dueAt: Instant; readonly suggestions: readonly string[] } | null => {
      const row = last.get()
      return row === undefined ? null : { dueAt: row.dueAt, suggestions: JSON.parse(row.suggestions) }
    },
  }
}

export function weeklyReportStep(dueAt: Instant, suggestions: readonly string[]): Step {
  return [
    'INSERT INTO weekly_reports (due_at, suggestions) VALUES (?, ?) ON CONFLICT (due_at) DO NOTHING',
    dueAt,
    JSON.stringify(suggestions),
  ]
}
