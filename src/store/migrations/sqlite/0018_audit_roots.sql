-- Signed roots over all chains of the audit log. `surveyed` says how far the other tables were read for it.
CREATE TABLE audit_roots (
  n INTEGER PRIMARY KEY, -- from 1
  at INTEGER NOT NULL,
  root TEXT NOT NULL, -- as it was signed
  hash TEXT NOT NULL,
  chains INTEGER NOT NULL, -- in all
  entries INTEGER NOT NULL,
  surveyed TEXT NOT NULL
) STRICT;

-- Where each chain stood that had grown since the root before.
CREATE TABLE audit_marks (
  chain TEXT NOT NULL, -- decision and its id, workflow and its id, or service
  root INTEGER NOT NULL REFERENCES audit_roots (n),
  length INTEGER NOT NULL,
  hash TEXT NOT NULL,
  PRIMARY KEY (chain, root)
) STRICT, WITHOUT ROWID;

CREATE INDEX audit_marks_by_root ON audit_marks (root, chain);
