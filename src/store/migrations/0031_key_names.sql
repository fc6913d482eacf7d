-- Up Migration

-- "Operator" beside "operator" would be read as one person in the record of who did what. Keys that have such names keep them.
CREATE OR REPLACE FUNCTION dtms_key_named(wanted text) RETURNS boolean LANGUAGE sql VOLATILE AS $$
  SELECT EXISTS (
    SELECT FROM api_keys
    WHERE lower(name) = lower(wanted) AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > clock_timestamp())
      AND (overlap_ends_at IS NULL OR overlap_ends_at > clock_timestamp()))
$$;
