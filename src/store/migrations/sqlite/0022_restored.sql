-- A copy that a backup has made has a row in here, and nothing else has: a service that starts on it knows by that.
CREATE TABLE backup_mark (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  made_at INTEGER NOT NULL
) STRICT;

-- When a service last found itself on such a copy: no grant of anything that was approved until then is good any more.
ALTER TABLE service ADD COLUMN restored_at INTEGER;
