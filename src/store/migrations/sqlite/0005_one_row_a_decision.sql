-- Recording a decision writes one row: its first event and the idempotency key that it came with stand in it, too.
-- `events` has what came after, from 2. Keys of other writes, and those recorded before this step, are in `idempotency`.
ALTER TABLE decisions ADD COLUMN record TEXT NOT NULL DEFAULT '';
ALTER TABLE decisions ADD COLUMN hash TEXT NOT NULL DEFAULT '';
ALTER TABLE decisions ADD COLUMN sealed TEXT;
ALTER TABLE decisions ADD COLUMN salt TEXT;
ALTER TABLE decisions ADD COLUMN api_key TEXT;
ALTER TABLE decisions ADD COLUMN idempotency_key TEXT;
ALTER TABLE decisions ADD COLUMN body_hash TEXT;

UPDATE decisions SET record = e.record, hash = e.hash, sealed = e.sealed, salt = e.salt
FROM events e WHERE e.decision_id = decisions.id AND e.n = 1;
DELETE FROM events WHERE n = 1;

CREATE UNIQUE INDEX decisions_by_idempotency_key ON decisions (api_key, idempotency_key) WHERE idempotency_key IS NOT NULL;
