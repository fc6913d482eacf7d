-- Up Migration

-- Audits as a chain: each row's hash covers the row and the hash before it, so that a row that was changed, moved or
-- taken out is found by whoever computes the hashes again. `src/store/audit-chain.ts` computes them.

-- The id of the key, the certificate's name, or the address of whoever did it: names may be given again.
ALTER TABLE audit_events
  ADD COLUMN actor_id text NOT NULL DEFAULT '',
  ADD COLUMN previous_hash bytea,
  ADD COLUMN hash bytea;
-- The chain numbers its rows: without gaps, in the order they became durable.
ALTER TABLE audit_events ALTER COLUMN id DROP IDENTITY;

-- The chain's end: rows missing there are found by it.
CREATE TABLE audit_head (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  id bigint NOT NULL,
  hash bytea NOT NULL
) WITH (fillfactor = 10);

INSERT INTO audit_head (id, hash) VALUES (0, decode(repeat('00', 32), 'hex'));

-- Each field with its length before it, so that no two rows have the same bytes.
CREATE FUNCTION dtms_audit_hash(e audit_events) RETURNS bytea LANGUAGE sql STABLE AS $$
  SELECT sha256(e.previous_hash || convert_to(string_agg(octet_length(field) || ':' || field, '' ORDER BY place), 'UTF8'))
  FROM unnest(ARRAY[
    e.id::text, to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), e.actor, e.actor_id, e.method,
    e.account, e.ticket::text, e.detail::text
  ]) WITH ORDINALITY AS fields(field, place)
$$;

-- With its owner's rights: whoever may insert audits must not be able to move the head by itself.
CREATE FUNCTION dtms_audit_link() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  -- Waits for whoever writes an audit at this moment.
  SELECT id + 1, clock_timestamp(), hash INTO NEW.id, NEW.at, NEW.previous_hash FROM audit_head FOR UPDATE;
  NEW.hash := dtms_audit_hash(NEW);
  UPDATE audit_head SET id = NEW.id, hash = NEW.hash;
  RETURN NEW;
END
$$;

-- What is on record already begins the chain, with the numbers it has.
ALTER TABLE audit_events DISABLE TRIGGER append_only;
DO $$
DECLARE
  before audit_head;
  e audit_events;
BEGIN
  SELECT * INTO before FROM audit_head;
  FOR e IN SELECT * FROM audit_events ORDER BY id LOOP
    e.previous_hash := before.hash;
    before.hash := dtms_audit_hash(e);
    before.id := e.id;
    UPDATE audit_events SET previous_hash = e.previous_hash, hash = before.hash WHERE id = e.id;
  END LOOP;
  UPDATE audit_head SET id = before.id, hash = before.hash;
END
$$;
ALTER TABLE audit_events ENABLE TRIGGER append_only;

ALTER TABLE audit_events
  ALTER COLUMN previous_hash SET NOT NULL,
  ALTER COLUMN hash SET NOT NULL;
CREATE TRIGGER chain BEFORE INSERT ON audit_events FOR EACH ROW EXECUTE FUNCTION dtms_audit_link();

-- Looks for itself, so that it sees what was made while its caller waited.
CREATE FUNCTION dtms_key_named(wanted text) RETURNS boolean LANGUAGE sql VOLATILE AS $$
  SELECT EXISTS (
    SELECT FROM api_keys
    WHERE name = wanted AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > clock_timestamp())
      AND (overlap_ends_at IS NULL OR overlap_ends_at > clock_timestamp()))
$$;

-- A role that is not the owner can make the log's next partition and drop the oldest full ones, and nothing else.
CREATE FUNCTION dtms_add_partition(first bigint, past bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
BEGIN
  -- Attaching takes a weaker lock than CREATE TABLE ... PARTITION OF, which would stop all readers.
  -- IF NOT EXISTS and the check: another leader may have been here before.
  EXECUTE format('CREATE TABLE IF NOT EXISTS events_%s (LIKE events INCLUDING ALL)', first);
  IF NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = format('events_%s', first)::regclass) THEN
    EXECUTE format('ALTER TABLE events ATTACH PARTITION events_%s FOR VALUES FROM (%s) TO (%s)', first, first, past);
  END IF;
END
$$;

CREATE FUNCTION dtms_drop_partitions(names text[], until bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  name text;
BEGIN
  -- In the order a commit takes them, so that the two cannot lock each other out.
  LOCK TABLE events IN ACCESS EXCLUSIVE MODE;
  UPDATE log_head SET compacted = greatest(compacted, until);
  FOREACH name IN ARRAY names LOOP
    PERFORM dtms_require(
      EXISTS (SELECT FROM pg_inherits WHERE inhparent = 'events'::regclass AND inhrelid = to_regclass(quote_ident(name))),
      'only partitions of the log are dropped');
    EXECUTE format('DROP TABLE %I', name);
  END LOOP;
END
$$;

REVOKE EXECUTE ON FUNCTION dtms_add_partition(bigint, bigint), dtms_drop_partitions(text[], bigint) FROM PUBLIC;
