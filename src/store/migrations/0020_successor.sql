-- Up Migration

-- Whom the leader hands over to: for a moment nobody else takes the lead.
ALTER TABLE cluster ADD COLUMN successor text NOT NULL DEFAULT '';
ALTER TABLE cluster ADD COLUMN successor_until timestamptz NOT NULL DEFAULT '-infinity';
