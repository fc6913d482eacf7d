-- Up Migration

-- Where the database of the history lies; another place means a copy of its files. Null is not known: an older
-- program wrote it.
ALTER TABLE log_head ADD COLUMN place text;
