-- Up Migration

-- Bodies of trades and actions as bytes, where every server reads them; else as JSON in body, as older programs write it.
ALTER TABLE trades ADD COLUMN packed bytea, ALTER COLUMN body DROP NOT NULL,
  ADD CONSTRAINT trades_body CHECK (num_nonnulls(body, packed) = 1) NOT VALID;
ALTER TABLE actions ADD COLUMN packed bytea, ALTER COLUMN body DROP NOT NULL,
  ADD CONSTRAINT actions_body CHECK (num_nonnulls(body, packed) = 1) NOT VALID;

-- Up to which of them a server reads: the number grows with every field that is added. One of an older program tells nothing of it.
ALTER TABLE servers ADD COLUMN reads_packed integer NOT NULL DEFAULT 0;

-- A bar may change every row at once: with room for that on its page none of them changes an index.
ALTER TABLE trades SET (fillfactor = 45);
