-- What people were asked for, so that a repeated ask is found. Belongs to what was proposed: whoever erases that erases
-- this row.
CREATE TABLE asks (
  decision_id TEXT PRIMARY KEY REFERENCES decisions (id), -- ids sort by when they were made
  identity TEXT, -- digest of agent, action and identity parameters as submitted; NULL: asked before this step
  denied TEXT, -- digest of agent, action and the parameters that a person has denied; NULL: nobody did
  denied_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX asks_identity ON asks (identity, denied_at, decision_id) WHERE identity IS NOT NULL;
CREATE INDEX asks_denied ON asks (denied, denied_at) WHERE denied IS NOT NULL;
