-- What a shop was paid by is written once: whoever changed a row could have buyers pay somebody
-- else without the wait that everybody in the shop sees. Only removing it may be added.
CREATE OR REPLACE FUNCTION merchants_means_guard_v1() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.removed_at IS NULL
    AND (to_jsonb(OLD) - 'removed_at' - 'removed_by_id')
      = (to_jsonb(NEW) - 'removed_at' - 'removed_by_id')
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'what a shop is paid by does not change' USING ERRCODE = 'restrict_violation';
END $$;
