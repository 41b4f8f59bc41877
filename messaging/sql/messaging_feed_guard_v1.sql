-- A feed row never changes: readers remember positions. Old rows may be deleted by the owner of
-- the tables when a retention period ends.
CREATE FUNCTION messaging_feed_guard_v1() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  RAISE EXCEPTION 'feed rows do not change' USING ERRCODE = 'restrict_violation';
END $$;
