-- Low-severity requests of one action and agent that came within a minute stand on one card, a row each. Which card is
-- decided in the transaction that records the request. Decisions that are not in here have a card of their own.
CREATE TABLE card_rows (
  seq INTEGER PRIMARY KEY,
  decision_id TEXT NOT NULL UNIQUE REFERENCES decisions (id),
  card TEXT NOT NULL, -- the first decision on it, whose message it is
  row INTEGER NOT NULL, -- from 1
  begun_at INTEGER NOT NULL, -- when the first one came
  action TEXT NOT NULL,
  agent TEXT NOT NULL,
  manifest_digest TEXT NOT NULL,
  UNIQUE (card, row)
) STRICT;

-- The last one of its kind: only its card may take another.
CREATE INDEX card_rows_by_kind ON card_rows (action, agent, manifest_digest, seq);
