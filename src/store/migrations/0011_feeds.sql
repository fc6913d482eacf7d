-- Up Migration

-- Feeds that were declared or written. One that is not here is as the configuration says, and open to everybody.
CREATE TABLE feeds (
  feed text PRIMARY KEY,
  body json NOT NULL
) WITH (fillfactor = 50);

-- Names of feeds the key may write, or beginnings of names followed by *; null means all its accounts let it write.
ALTER TABLE api_keys ADD COLUMN feeds text[] CHECK (cardinality(feeds) > 0);

-- Feeds that have data are there already: they stay open to everybody.
INSERT INTO feeds (feed, body)
SELECT feed, json_build_object('name', feed, 'kind', 'LIVE', 'accounts', '[]'::json, 'confirmedBy', NULL, 'madeBy', '')
FROM (SELECT DISTINCT feed FROM market_views) AS known;
