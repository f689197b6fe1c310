import type { Database } from 'better-sqlite3'
import type { Post } from '../../app/ports.ts'
import type { Instant } from '../../domain/time.ts'
import type { Step } from './step.ts'

type Posted = Post & { readonly state: 'posted' }

type Row = {
  readonly subject: string
  readonly slot: string
  readonly channel: string
  readonly startedAt: Instant
  readonly ts: string | null
  readonly shownVersion: number | null
  readonly shownFrozen: string
  readonly permalink: string | null
}

const SAVE = `
  INSERT INTO posts (subject, slot, channel, started_at, state, ts, shown_version, shown_frozen, permalink)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (subject, slot) DO UPDATE SET
    channel = excluded.channel, started_at = excluded.started_at, state = excluded.state,
    ts = excluded.ts, shown_version = excluded.shown_version,
    shown_frozen = excluded.shown_frozen, permalink = excluded.permalink`

/** The table `posts`: which messages in Slack are ours. */
export function posts(db: Database) {
  const of = db.prepare<[string], Row>(`
    SELECT subject, slot, channel, started_at AS startedAt, ts, shown_version AS shownVersion,
      shown_frozen AS shownFrozen, permalink
    FROM posts WHERE subject = ? ORDER BY seq`)

  // The state that goes with a `ts` is always `posted`: the table checks it.
  const at = db.prepare<[string, string], Omit<Posted, 'state'>>(`
    SELECT subject, slot, channel, started_at AS startedAt, ts, shown_version AS shownVersion,
      shown_frozen AS shownFrozen, permalink
    FROM posts WHERE channel = ? AND ts = ?`)

  return {
    /** In the order in which they were first written. */
    of: (subject: string): readonly Post[] => of.all(subject).map(unpack),
    at: (channel: string, ts: string): Posted | null => {
      const row = at.get(channel, ts)
      return row === undefined ? null : { ...row, state: 'posted' }
    },
  }
}

export function postStep(post: Post): Step {
  const { subject, slot, channel, startedAt, state } = post
  const shown = post.state === 'posted' ? [post.ts, post.shownVersion, post.shownFrozen, post.permalink] : NOT_SHOWN
  return [SAVE, subject, slot, channel, startedAt, state, ...shown]
}

const NOT_SHOWN = [null, null, '', null]

function unpack({ ts, shownVersion, shownFrozen, permalink, ...common }: Row): Post {
  if (ts === null || shownVersion === null) return { ...common, state: 'posting' }
  return { ...common, state: 'posted', ts, shownVersion, shownFrozen, permalink }
}
