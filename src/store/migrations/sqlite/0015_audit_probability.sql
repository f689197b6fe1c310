-- Of what passed without a person some is drawn for a later look by people: with which probability. NULL: not drawn.
ALTER TABLE decisions ADD COLUMN audit_probability REAL CHECK (audit_probability > 0 AND audit_probability <= 1);
