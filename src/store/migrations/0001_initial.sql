-- Up Migration

-- The log's one head. Every commit moves it, so it lives alone on its page and is pruned in place.
CREATE TABLE log_head (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  revision bigint NOT NULL CHECK (revision >= 0),
  -- Which history the revisions belong to.
  epoch text NOT NULL,
  -- Events up to and including this revision are gone.
  compacted bigint NOT NULL CHECK (compacted <= revision),
  -- Who may write: a commit that names another epoch than this one writes nothing.
  evaluator_epoch bigint NOT NULL,
  -- The database the history was written in; another one means a restore or a failover.
  identity text NOT NULL
) WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

INSERT INTO log_head (revision, epoch, compacted, evaluator_epoch, identity)
VALUES (0, gen_random_uuid()::text, 0, 0, '');

CREATE TABLE events (
  revision bigint PRIMARY KEY,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  account text NOT NULL,
  ticket bigint NOT NULL,
  symbol text NOT NULL,
  state text NOT NULL,
  trade_version integer NOT NULL,
  occurred_at timestamptz NOT NULL,
  -- Whose call changed it; empty when DTMS did by itself.
  actor text NOT NULL,
  payload bytea NOT NULL
) PARTITION BY RANGE (revision);

CREATE INDEX events_trade ON events (account, ticket, revision);

CREATE TABLE trades (
  account text NOT NULL,
  ticket bigint NOT NULL,
  symbol text NOT NULL,
  feed text NOT NULL,
  state text NOT NULL
    CHECK (state IN ('HEALTHY', 'WARNING_L1', 'WARNING_L2', 'HEDGED', 'RECOVERING', 'CLOSED')),
  registered_revision bigint NOT NULL,
  revision bigint NOT NULL,
  version integer NOT NULL,
  -- Market time it closed at; null while it is active.
  closed_at timestamptz CHECK ((closed_at IS NULL) = (state <> 'CLOSED')),
  -- What is left to do of it at the broker; a closed trade with some is not over.
  open_work integer NOT NULL,
  -- The engine's complete state of the trade; 64-bit integers are texts in it.
  body json NOT NULL,
  PRIMARY KEY (account, ticket)
) WITH (fillfactor = 70);

-- closed_at changes once in a trade's life, so its other changes stay out of these indexes, and what
-- only closed trades need costs nothing before.
CREATE INDEX trades_active ON trades (registered_revision) WHERE closed_at IS NULL;
CREATE INDEX trades_unfinished ON trades (registered_revision) WHERE closed_at IS NOT NULL AND open_work > 0;
CREATE INDEX trades_closed ON trades (registered_revision) WHERE closed_at IS NOT NULL;
CREATE INDEX trades_closed_account ON trades (account, registered_revision) WHERE closed_at IS NOT NULL;

-- Every action ever planned, as its latest event left it. The open ones are in their trades' bodies too.
CREATE TABLE actions (
  action_id text PRIMARY KEY,
  account text NOT NULL,
  ticket bigint NOT NULL,
  status text NOT NULL
    CHECK (status IN ('PENDING', 'LEASED', 'EXECUTING', 'DONE', 'REJECTED', 'EXPIRED', 'DEAD', 'IN_DOUBT')),
  -- The comment of its order at the broker.
  tag text NOT NULL,
  planned_revision bigint NOT NULL,
  revision bigint NOT NULL,
  body json NOT NULL
) WITH (fillfactor = 70);

CREATE INDEX actions_planned ON actions (planned_revision, action_id);
CREATE INDEX actions_trade ON actions (account, ticket, planned_revision, action_id);
CREATE INDEX actions_tag ON actions (tag);

CREATE TABLE accounts (
  account text PRIMARY KEY,
  body json NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE audit_events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  actor text NOT NULL,
  method text NOT NULL,
  account text NOT NULL,
  ticket bigint NOT NULL,
  detail json NOT NULL
);

CREATE INDEX audit_events_account ON audit_events (account, id);

CREATE TABLE api_keys (
  key_id text PRIMARY KEY,
  -- The order they were made in.
  number bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  name text NOT NULL,
  -- SHA-256 of the secret, which is kept nowhere.
  hash bytea NOT NULL CHECK (octet_length(hash) = 32),
  scopes text[] NOT NULL CHECK (cardinality(scopes) > 0),
  -- Null means every account.
  accounts text[] CHECK (cardinality(accounts) > 0),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at timestamptz,
  revoked_at timestamptz,
  -- The key that takes its place, and when it gives way to it.
  rotated_to text REFERENCES api_keys,
  overlap_ends_at timestamptz CHECK ((overlap_ends_at IS NULL) = (rotated_to IS NULL)),
  last_used_at timestamptz
) WITH (fillfactor = 70);

CREATE TABLE market_views (
  feed text NOT NULL,
  instrument text NOT NULL,
  symbol text NOT NULL,
  snapshot text NOT NULL,
  PRIMARY KEY (feed, instrument)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

CREATE TABLE bars (
  feed text NOT NULL,
  instrument text NOT NULL,
  timeframe text NOT NULL CHECK (timeframe IN ('M1', 'M5', 'M15')),
  open_time timestamptz NOT NULL,
  open double precision NOT NULL,
  high double precision NOT NULL,
  low double precision NOT NULL,
  close double precision NOT NULL,
  volume double precision NOT NULL,
  PRIMARY KEY (feed, instrument, timeframe, open_time)
);

CREATE TABLE instruments (
  account text NOT NULL,
  symbol text NOT NULL,
  body json NOT NULL,
  PRIMARY KEY (account, symbol)
);

CREATE TABLE news_events (
  event_id text PRIMARY KEY,
  at timestamptz NOT NULL,
  body json NOT NULL
);

-- The answers to requests that carried a request_id.
CREATE TABLE answers (
  request_id uuid PRIMARY KEY,
  method text NOT NULL,
  body_hash bytea NOT NULL,
  response bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX answers_created ON answers (created_at);

-- Ends the statement, and so its transaction, when what it promised does not hold.
CREATE FUNCTION dtms_require(holds boolean, complaint text) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
  IF holds IS NOT TRUE THEN
    RAISE EXCEPTION '%', complaint USING ERRCODE = 'data_corrupted';
  END IF;
  RETURN true;
END
$$;

-- What happened stays as it was written. Old partitions of the log are dropped whole, which this allows.
CREATE FUNCTION dtms_append_only() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;

-- Per row: partitions take these over, and a statement may name one of them.
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON events
FOR EACH ROW EXECUTE FUNCTION dtms_append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_events
FOR EACH ROW EXECUTE FUNCTION dtms_append_only();
CREATE TRIGGER keep_all BEFORE TRUNCATE ON events
FOR EACH STATEMENT EXECUTE FUNCTION dtms_append_only();
CREATE TRIGGER keep_all BEFORE TRUNCATE ON audit_events
FOR EACH STATEMENT EXECUTE FUNCTION dtms_append_only();
