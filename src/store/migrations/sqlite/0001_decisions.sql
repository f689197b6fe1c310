-- One row a decision. `state` leaves out what the decision's first event has sealed (the proposal): a body is stored once.
CREATE TABLE decisions (
  id TEXT NOT NULL PRIMARY KEY,
  agent TEXT NOT NULL,
  action TEXT NOT NULL,
  status TEXT NOT NULL,
  route TEXT NOT NULL,
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  due_at INTEGER, -- when time alone changes it next; NULL: never, it has ended
  chain_length INTEGER NOT NULL,
  chain_hash TEXT NOT NULL,
  manifest_digest TEXT NOT NULL,
  state TEXT NOT NULL
) STRICT;

-- Only open decisions are in here, so the sweep reads what is open and not what ever was.
CREATE INDEX decisions_due ON decisions (due_at, id) WHERE due_at IS NOT NULL;

-- Pages, newest first; ids sort by creation time.
CREATE INDEX decisions_by_agent ON decisions (agent, id);
CREATE INDEX decisions_by_agent_and_status ON decisions (agent, status, id);
CREATE INDEX decisions_by_status ON decisions (status, id);
CREATE INDEX decisions_by_action ON decisions (action, id);

-- The audit log: one hash chain a decision. `sealed` and `salt` can be erased, the chain still verifies.
CREATE TABLE events (
  seq INTEGER PRIMARY KEY, -- over all decisions
  decision_id TEXT NOT NULL REFERENCES decisions (id),
  n INTEGER NOT NULL, -- within the decision, from 1
  type TEXT NOT NULL,
  record TEXT NOT NULL,
  hash TEXT NOT NULL,
  sealed TEXT,
  salt TEXT,
  UNIQUE (decision_id, n)
) STRICT;

-- Labels beside what was claimed when the decision was made, for statistics.
CREATE TABLE outcomes (
  decision_id TEXT NOT NULL,
  n INTEGER NOT NULL,
  correct INTEGER NOT NULL CHECK (correct IN (0, 1)),
  source TEXT NOT NULL,
  observed_at INTEGER NOT NULL,
  action TEXT NOT NULL,
  agent TEXT NOT NULL,
  agent_version TEXT,
  confidence REAL NOT NULL,
  PRIMARY KEY (decision_id, n),
  FOREIGN KEY (decision_id, n) REFERENCES events (decision_id, n)
) STRICT, WITHOUT ROWID;

CREATE INDEX outcomes_by_action ON outcomes (action, observed_at);

CREATE TABLE idempotency (
  api_key TEXT NOT NULL,
  key TEXT NOT NULL,
  body_hash TEXT NOT NULL,
  decision_id TEXT NOT NULL REFERENCES decisions (id),
  created_at INTEGER NOT NULL,
  PRIMARY KEY (api_key, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_by_age ON idempotency (created_at);

-- What passed without a person, by what is counted together.
CREATE TABLE usage (
  key TEXT NOT NULL,
  at INTEGER NOT NULL,
  decision_id TEXT NOT NULL REFERENCES decisions (id),
  amount REAL NOT NULL,
  kept_until INTEGER NOT NULL,
  PRIMARY KEY (key, at, decision_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX usage_by_end ON usage (kept_until);
