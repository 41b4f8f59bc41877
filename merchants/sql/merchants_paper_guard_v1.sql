-- What was handed in with an answer stays as it was: a draft's paper may be removed, or be handed in.
CREATE OR REPLACE FUNCTION merchants_paper_guard_v1() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  IF OLD.handed_in_at IS NULL AND (TG_OP = 'DELETE'
    OR (to_jsonb(OLD) - 'handed_in_at') = (to_jsonb(NEW) - 'handed_in_at'))
  THEN
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
  END IF;
  RAISE EXCEPTION 'a paper that was handed in does not change' USING ERRCODE = 'restrict_violation';
END $$;
