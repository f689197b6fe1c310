-- Who is asked, and by when: for a person's own queue and the team's.
ALTER TABLE decisions ADD COLUMN assignee TEXT;
ALTER TABLE decisions ADD COLUMN deadline_at INTEGER; -- only while it is open

-- Both hold open decisions alone, so that a queue costs what it shows and not what ever was.
CREATE INDEX decisions_by_assignee ON decisions (assignee, deadline_at, id) WHERE assignee IS NOT NULL;
CREATE INDEX decisions_open ON decisions (deadline_at, id) WHERE deadline_at IS NOT NULL;

-- Everybody who was ever asked, or said when they are away. `open` counts the decisions that name them as assignee: it
-- changes with these, in one transaction.
CREATE TABLE reviewers (
  user TEXT NOT NULL PRIMARY KEY,
  open INTEGER NOT NULL DEFAULT 0 CHECK (open >= 0),
  assigned_at INTEGER, -- last
  away_until INTEGER,
  delegate TEXT,
  delegate_until INTEGER,
  CHECK ((delegate IS NULL) = (delegate_until IS NULL))
) STRICT, WITHOUT ROWID;

-- Open decisions from before nobody was asked in person: the next sweep asks somebody.
UPDATE decisions SET deadline_at = due_at WHERE due_at IS NOT NULL;
UPDATE decisions SET due_at = created_at WHERE status = 'pending';

-- Which decision a thread in Slack is about.
CREATE INDEX posts_by_place ON posts (channel, ts) WHERE ts IS NOT NULL;
