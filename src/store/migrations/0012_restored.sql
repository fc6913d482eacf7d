-- Up Migration

-- When the history of this epoch began in another database than the one before (a restore, a failover), and until
-- when the log tells what was done before that; null for the first.
ALTER TABLE log_head ADD COLUMN restored_at timestamptz;
ALTER TABLE log_head ADD COLUMN logged_until timestamptz;
