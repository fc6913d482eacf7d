-- Up Migration

-- How markets treated both directions: what was recorded of them, for whoever looks back.
CREATE TABLE market_evaluations (
  feed text NOT NULL,
  instrument text NOT NULL,
  -- Market time.
  at timestamptz NOT NULL,
  number bigint NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- The encoded dtms.v1.MarketEvaluation.
  body bytea NOT NULL,
  PRIMARY KEY (feed, instrument, at, number)
);

CREATE INDEX market_evaluations_recorded ON market_evaluations (recorded_at);

-- The trade's state before the event, empty when there was none. Null is not known: an older program wrote it.
ALTER TABLE events ADD COLUMN previous_state text;

-- The few events that moved a trade between states, or that may have.
CREATE INDEX events_moved ON events (recorded_at) INCLUDE (account, previous_state, state)
WHERE previous_state <> state;
CREATE INDEX events_unknown_move ON events (revision) WHERE previous_state IS NULL;
