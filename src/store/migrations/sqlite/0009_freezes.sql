-- What is frozen now; what ever was stands in `service_events`. Each row comes and goes with its event, in one transaction.
CREATE TABLE freezes (
  n INTEGER PRIMARY KEY REFERENCES service_events (n), -- the event that set it
  kind TEXT NOT NULL CHECK (kind IN ('action', 'agent', 'workflow', 'all')),
  name TEXT NOT NULL, -- empty for `all`
  by TEXT NOT NULL,
  at INTEGER NOT NULL,
  reason TEXT NOT NULL,
  UNIQUE (kind, name)
) STRICT;

-- What a message says is frozen: it is changed when that is not so any more, though its decision stays as it was.
ALTER TABLE posts ADD COLUMN shown_frozen TEXT NOT NULL DEFAULT '';
