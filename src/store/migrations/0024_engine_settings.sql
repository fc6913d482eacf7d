-- Up Migration

-- What decides in the engine and is no trade's, account's or market's: the feature flags. One row for each kind, written with
-- the events it leads to; servers that follow read it again when a commit names it. Servers of an older program leave it alone.
CREATE TABLE engine_settings (
  name text PRIMARY KEY,
  body json NOT NULL
);
