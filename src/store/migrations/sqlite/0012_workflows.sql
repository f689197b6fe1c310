-- A workflow that Countersign carries out: its first event, and the decision of the step at hand. What happened to it
-- later stands in `workflow_events`, from 2; replaying them gives its state.
CREATE TABLE workflows (
  id TEXT NOT NULL PRIMARY KEY,
  agent TEXT NOT NULL,
  status TEXT NOT NULL, -- open, suspended, or what it ended as
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  decision_id TEXT,
  manifest_digest TEXT NOT NULL,
  chain_hash TEXT NOT NULL, -- of as many entries as `version`
  record TEXT NOT NULL,
  hash TEXT NOT NULL,
  sealed TEXT,
  salt TEXT,
  api_key TEXT,
  idempotency_key TEXT,
  body_hash TEXT
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX workflows_by_idempotency_key ON workflows (api_key, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX workflows_suspended ON workflows (id) WHERE status = 'suspended';

CREATE TABLE workflow_events (
  workflow_id TEXT NOT NULL REFERENCES workflows (id),
  n INTEGER NOT NULL,
  type TEXT NOT NULL,
  record TEXT NOT NULL,
  hash TEXT NOT NULL,
  sealed TEXT,
  salt TEXT,
  PRIMARY KEY (workflow_id, n)
) STRICT, WITHOUT ROWID;

-- What other systems are asked to do waits apart from what Slack should show: neither holds up the other.
ALTER TABLE outbox ADD COLUMN lane TEXT NOT NULL DEFAULT 'slack';
DROP INDEX outbox_due;
CREATE INDEX outbox_due ON outbox (lane, due_at, seq) WHERE due_at IS NOT NULL;
