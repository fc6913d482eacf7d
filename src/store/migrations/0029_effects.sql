-- Up Migration

-- The effect of DTMS on each trade that is over: its result, and that of the same trade left alone, which is followed until it
-- ends too. Made of the log and the bars: what is lost here is made again.
CREATE TABLE trade_effects (
  account text NOT NULL,
  ticket bigint NOT NULL,
  -- The version of the trade's registration: netting may give a ticket to another trade.
  begun_version integer NOT NULL,
  symbol text NOT NULL,
  policy text NOT NULL,
  feed text NOT NULL,
  instrument text NOT NULL,
  closed_at timestamptz NOT NULL,
  status text NOT NULL CHECK (status IN ('FOLLOWED', 'TOLD', 'APART')),
  -- What of the log it was made of; the same again changes nothing.
  origin text NOT NULL,
  body json NOT NULL,
  PRIMARY KEY (account, ticket, begun_version)
) WITH (fillfactor = 70);

CREATE INDEX trade_effects_followed ON trade_effects (feed, instrument) WHERE status = 'FOLLOWED';
CREATE INDEX trade_effects_closed ON trade_effects (closed_at);
CREATE INDEX trade_effects_account ON trade_effects (account, closed_at);
