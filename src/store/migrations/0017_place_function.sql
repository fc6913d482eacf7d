-- Up Migration

-- Where the database lies: its number in the cluster, and when the cluster's oldest file came to be there, which no
-- copy of files carries along. With its owner's rights, as the service may not look at files. Without that right the
-- time is left out.
CREATE FUNCTION dtms_place() RETURNS text LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path FROM CURRENT AS $$
DECLARE
  place text := (SELECT oid::text FROM pg_database WHERE datname = current_database());
BEGIN
  IF has_function_privilege('pg_stat_file(text)', 'EXECUTE') THEN
    place := place || '/' ||
      (SELECT extract(epoch FROM coalesce(change, creation))::bigint FROM pg_stat_file('PG_VERSION'));
  END IF;
  RETURN place;
END
$$;
