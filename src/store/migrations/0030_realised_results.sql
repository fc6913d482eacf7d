-- Up Migration

-- What closing lots earned, in the account's money as it was worth then; written with the event that closed them.
CREATE TABLE realised_results (
  revision bigint NOT NULL,
  -- The trade's own position, or its hedge's.
  leg text NOT NULL CHECK (leg IN ('POSITION', 'HEDGE')),
  account text NOT NULL,
  ticket bigint NOT NULL,
  symbol text NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  body json NOT NULL,
  PRIMARY KEY (revision, leg)
);
CREATE INDEX realised_results_trade ON realised_results (account, ticket, revision);
CREATE INDEX realised_results_recorded ON realised_results (account, recorded_at);
