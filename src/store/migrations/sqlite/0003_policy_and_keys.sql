-- Every manifest that ever routed a decision.
CREATE TABLE manifests (
  digest TEXT NOT NULL PRIMARY KEY,
  manifest TEXT NOT NULL,
  first_used_at INTEGER NOT NULL
) STRICT;

-- Secrets only as their SHA-256: a stolen copy of this file holds no usable key.
CREATE TABLE api_keys (
  id TEXT NOT NULL PRIMARY KEY,
  secret_hash TEXT NOT NULL,
  agent TEXT NOT NULL,
  scopes TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER
) STRICT;

-- Written to prove that writing works.
CREATE TABLE probe (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  writes INTEGER NOT NULL
) STRICT;
