-- Up Migration

-- Whether a server that does not lead has the state of the log, to lead with at once. One of an older program tells nothing of it.
ALTER TABLE servers ADD COLUMN has_state boolean NOT NULL DEFAULT false;
