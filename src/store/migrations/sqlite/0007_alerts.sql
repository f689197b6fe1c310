-- What passed without a person and is told in the operations channel, counted in the transaction that records each
-- decision. A window that was told is kept for a while: what is counted late changes its message.
CREATE TABLE alerts (
  until INTEGER NOT NULL,
  window TEXT NOT NULL, -- the key of the intent that tells it, and of its message
  action TEXT NOT NULL,
  agent TEXT NOT NULL,
  count INTEGER NOT NULL,
  decision_id TEXT NOT NULL, -- the first of them
  PRIMARY KEY (until, window, action, agent)
) STRICT, WITHOUT ROWID;
