-- Earlier words are evidence: they are written once.
CREATE FUNCTION messaging_version_guard_v1() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  RAISE EXCEPTION 'earlier words do not change' USING ERRCODE = 'restrict_violation';
END $$;
