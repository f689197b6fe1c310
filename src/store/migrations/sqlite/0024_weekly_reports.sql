-- Which weekly reports were made, by when they were due, and what they suggested: the next one tells what is new.
CREATE TABLE weekly_reports (
  due_at INTEGER PRIMARY KEY, -- ms
  suggestions TEXT NOT NULL -- a JSON array of keys
) STRICT;
