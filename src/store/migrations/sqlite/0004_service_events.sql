-- What happened to the service and not to one decision: one hash chain. `sealed` and `salt` can be erased.
CREATE TABLE service_events (
  n INTEGER PRIMARY KEY, -- from 1
  type TEXT NOT NULL,
  record TEXT NOT NULL,
  hash TEXT NOT NULL,
  sealed TEXT,
  salt TEXT
) STRICT;

-- One row. It keeps its chain's head and length, so that a lost tail shows.
CREATE TABLE service (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  chain_length INTEGER NOT NULL,
  chain_hash TEXT NOT NULL,
  manifest_digest TEXT REFERENCES manifests (digest) -- the one in force
) STRICT;

-- Manifests from before there were rules do not say that they have none.
UPDATE manifests SET manifest = json_set(manifest, '$.actions', (
  SELECT json_group_object(key, json(CASE WHEN json_type(value, '$.rules') IS NULL THEN json_set(value, '$.rules', json('[]')) ELSE value END))
  FROM json_each(manifests.manifest, '$.actions')
));
