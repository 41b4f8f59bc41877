-- What somebody approves is what was asked: only the end of a refund that waits may be written, once.
CREATE OR REPLACE FUNCTION merchants_proposal_guard_v1() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
DECLARE
  ends CONSTANT text[] := ARRAY['state', 'decided_by_id', 'answer', 'refund_ref', 'ended_at'];
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.state = 'open' AND (to_jsonb(OLD) - ends) = (to_jsonb(NEW) - ends)
  THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a refund that was asked for ends once' USING ERRCODE = 'restrict_violation';
END $$;
