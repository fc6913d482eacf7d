-- Up Migration

-- What each commit changed beside trades (theirs are in the log): servers that follow read those rows again. Unlogged: after
-- a crash of the database it is empty, and they restore all. Rows are taken out after a while.
CREATE UNLOGGED TABLE commits (
  -- Contiguous, as in log_head.
  number bigint PRIMARY KEY,
  -- The log's head after it.
  revision bigint NOT NULL,
  -- The keys of the rows.
  changed json NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);

-- How many commits there were; and the leader that records them: an older program leads under an epoch of its own, and
-- writes none.
ALTER TABLE log_head ADD COLUMN commits bigint NOT NULL DEFAULT 0;
ALTER TABLE log_head ADD COLUMN recording_epoch bigint NOT NULL DEFAULT -1;
