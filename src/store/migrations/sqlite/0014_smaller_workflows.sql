-- A plan is longer than what such a table keeps in its row: each one had a page of its own beside it. As ordinary tables
-- they share pages. `chain_hash` is empty while the first event is all there is, and the manifest's digest stands in it.
CREATE TABLE smaller_workflows (
  id TEXT NOT NULL PRIMARY KEY,
  agent TEXT NOT NULL,
  status TEXT NOT NULL, -- open, suspended, or what it ended as
  version INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  decision_id TEXT,
  chain_hash TEXT NOT NULL, -- of as many entries as `version`; empty: that of the first
  record TEXT NOT NULL,
  hash TEXT NOT NULL,
  sealed TEXT,
  salt TEXT,
  api_key TEXT,
  idempotency_key TEXT,
  body_hash TEXT
) STRICT;

CREATE TABLE smaller_workflow_events (
  workflow_id TEXT NOT NULL REFERENCES smaller_workflows (id),
  n INTEGER NOT NULL,
  type TEXT NOT NULL,
  record TEXT NOT NULL,
  hash TEXT NOT NULL,
  sealed TEXT,
  salt TEXT,
  PRIMARY KEY (workflow_id, n)
) STRICT;

INSERT INTO smaller_workflows
SELECT id, agent, status, version, created_at, decision_id, CASE version WHEN 1 THEN '' ELSE chain_hash END, record, hash,
  sealed, salt, api_key, idempotency_key, body_hash
FROM workflows ORDER BY id;
INSERT INTO smaller_workflow_events
SELECT workflow_id, n, type, record, hash, sealed, salt FROM workflow_events ORDER BY workflow_id, n;

DROP TABLE workflow_events;
DROP TABLE workflows;
ALTER TABLE smaller_workflows RENAME TO workflows;
ALTER TABLE smaller_workflow_events RENAME TO workflow_events;

CREATE UNIQUE INDEX workflows_by_idempotency_key ON workflows (api_key, idempotency_key) WHERE idempotency_key IS NOT NULL;
CREATE INDEX workflows_suspended ON workflows (id) WHERE status = 'suspended';
