-- What Slack should be made to show: never a payload.
CREATE TABLE outbox (
  seq INTEGER PRIMARY KEY,
  key TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  intent TEXT NOT NULL,
  generation INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'dead', 'done')),
  due_at INTEGER, -- only while it waits
  done_at INTEGER,
  error TEXT,
  CHECK ((state = 'waiting') = (due_at IS NOT NULL))
) STRICT;

CREATE INDEX outbox_due ON outbox (due_at, seq) WHERE due_at IS NOT NULL;
CREATE INDEX outbox_dead ON outbox (seq) WHERE state = 'dead';

-- Messages in Slack. `posting` is written before Slack is asked.
CREATE TABLE posts (
  seq INTEGER PRIMARY KEY,
  subject TEXT NOT NULL,
  slot TEXT NOT NULL,
  channel TEXT NOT NULL,
  started_at INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('posting', 'posted')),
  ts TEXT,
  shown_version INTEGER,
  permalink TEXT,
  UNIQUE (subject, slot),
  CHECK ((state = 'posted') = (ts IS NOT NULL AND shown_version IS NOT NULL))
) STRICT;
