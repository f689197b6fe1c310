import type { Database } from 'better-sqlite3'
import type { Post } from '../../app/ports.ts'
import type { Instant } from '../../domain/time.ts'

type Row = {
  readonly subject: string
  readonly slot: string
  readonly channel: string
  readonly startedAt: Instant
  readonly ts: string | null
  readonly shownVersion: number | null
  readonly permalink: string | null
}

/** The table `posts`: which messages in Slack are ours. `save` belongs inside a transaction. */
export function posts(db: Database) {
  const of = db.prepare<[string], Row>(`
    SELECT subject, slot, channel, started_at AS startedAt, ts, shown_version AS shownVersion, permalink
    FROM posts WHERE subject = ? ORDER BY seq`)
  const save = db.prepare(`
    INSERT INTO posts (subject, slot, channel, started_at, state, ts, shown_version, permalink)
    VALUES (:subject, :slot, :channel, :startedAt, :state, :ts, :shownVersion, :permalink)
    ON CONFLICT (subject, slot) DO UPDATE SET
      channel = excluded.channel, started_at = excluded.started_at, state = excluded.state,
      ts = excluded.ts, shown_version = excluded.shown_version, permalink = excluded.permalink`)

  return {
    /** In the order in which they were first written. */
    of: (subject: string): readonly Post[] => of.all(subject).map(unpack),
    save: (post: Post): void => {
      save.run(post.state === 'posted' ? post : { ...post, ts: null, shownVersion: null, permalink: null })
    },
  }
}

function unpack({ ts, shownVersion, permalink, ...common }: Row): Post {
  if (ts === null || shownVersion === null) return { ...common, state: 'posting' }
  return { ...common, state: 'posted', ts, shownVersion, permalink }
}
