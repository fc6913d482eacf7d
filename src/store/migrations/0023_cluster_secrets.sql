-- Up Migration

-- The secret before this one counts for a while after a rotation, so that no server is shut out.
ALTER TABLE cluster ADD COLUMN serial integer NOT NULL DEFAULT 1;
ALTER TABLE cluster ADD COLUMN previous bytea CHECK (length(previous) >= 32);
ALTER TABLE cluster ADD COLUMN rotated_at timestamptz NOT NULL DEFAULT '-infinity';
