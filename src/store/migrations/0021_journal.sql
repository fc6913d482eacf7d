-- Up Migration

-- What reached the engine, in the order it did: a row for each transaction of the log. From a checkpoint on, the same
-- program makes the same events of it.
CREATE TABLE journal (
  -- Contiguous.
  place bigint NOT NULL,
  evaluator_epoch bigint NOT NULL,
  -- The log's head before the transaction, and how many events it wrote.
  base bigint NOT NULL,
  events int NOT NULL,
  recorded_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  entries bytea NOT NULL,
  PRIMARY KEY (place, recorded_at)
) PARTITION BY RANGE (recorded_at);
-- It is deflated already.
ALTER TABLE journal ALTER COLUMN entries SET STORAGE EXTERNAL;
-- For rows of a day nobody made a partition for: no commit waits for one, and none fails.
CREATE TABLE journal_rest PARTITION OF journal DEFAULT;
ALTER TABLE journal_rest ALTER COLUMN entries SET STORAGE EXTERNAL;

-- What the engine had in memory at a place of the journal: before the entry with the number skip, from 0, of that place.
CREATE TABLE journal_checkpoints (
  checkpoint_id uuid PRIMARY KEY,
  place bigint NOT NULL,
  skip int NOT NULL,
  revision bigint NOT NULL,
  evaluator_epoch bigint NOT NULL,
  taken_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  version text NOT NULL,
  parts int NOT NULL,
  bytes bigint NOT NULL
);
CREATE INDEX journal_checkpoints_place ON journal_checkpoints (place, skip);
-- Written before the row above, which says that all of them are there.
CREATE TABLE journal_checkpoint_parts (
  checkpoint_id uuid NOT NULL,
  part int NOT NULL,
  written_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  body bytea NOT NULL,
  PRIMARY KEY (checkpoint_id, part)
);
ALTER TABLE journal_checkpoint_parts ALTER COLUMN body SET STORAGE EXTERNAL;

-- A role that is not the owner can make the partition of a day (UTC) and drop those of days that are over.
CREATE FUNCTION dtms_add_journal_day(day date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  name text := format('journal_%s', to_char(day, 'YYYYMMDD'));
  first timestamptz := day::timestamp AT TIME ZONE 'UTC';
  past timestamptz := (day + 1)::timestamp AT TIME ZONE 'UTC';
BEGIN
  IF to_regclass(quote_ident(name)) IS NOT NULL THEN
    RETURN;
  END IF;
  -- Servers that start at once make it once.
  PERFORM pg_advisory_xact_lock(5274716210412003);
  -- Asked of the catalogue itself: what was made while this waited is not known to this session yet.
  IF EXISTS (SELECT FROM pg_class WHERE relname = name AND relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = 'journal'::regclass)) THEN
    RETURN;
  END IF;
  EXECUTE format('CREATE TABLE %I (LIKE journal INCLUDING ALL)', name);
  EXECUTE format('WITH moved AS (DELETE FROM journal_rest WHERE recorded_at >= %L AND recorded_at < %L RETURNING *)
    INSERT INTO %I SELECT * FROM moved', first, past, name);
  EXECUTE format('ALTER TABLE journal ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', name, first, past);
END
$$;

CREATE FUNCTION dtms_drop_journal_days(until date) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  name text;
  dropped int := 0;
BEGIN
  FOR name IN
    SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'journal'::regclass AND c.relname ~ '^journal_[0-9]{8}$'
      AND to_date(right(c.relname, 8), 'YYYYMMDD') < until
  LOOP
    EXECUTE format('DROP TABLE %I', name);
    dropped := dropped + 1;
  END LOOP;
  DELETE FROM journal_rest WHERE recorded_at < until::timestamp AT TIME ZONE 'UTC';
  RETURN dropped;
END
$$;

REVOKE EXECUTE ON FUNCTION dtms_add_journal_day(date), dtms_drop_journal_days(date) FROM PUBLIC;
