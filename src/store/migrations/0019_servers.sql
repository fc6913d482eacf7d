-- Up Migration

-- The servers on this database, each telling of itself about once a second. Unlogged: a row is true for seconds.
CREATE UNLOGGED TABLE servers (
  server_id text PRIMARY KEY CHECK (server_id <> ''),
  version text NOT NULL,
  -- Where callers reach it, and where other servers do.
  grpc_address text NOT NULL,
  peer_address text NOT NULL,
  role text NOT NULL CHECK (role IN ('STANDBY', 'LEADER', 'STOPPING')),
  -- Of the term it leads; 0 where it does not.
  evaluator_epoch bigint NOT NULL,
  -- How far what it knows of the log is behind.
  lag_revisions bigint NOT NULL,
  lag_ms bigint NOT NULL,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  seen_at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (fillfactor = 50);

-- What servers prove to each other that they have. Whoever may read it may act as a server.
CREATE TABLE cluster (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  secret bytea NOT NULL CHECK (length(secret) >= 32)
);
