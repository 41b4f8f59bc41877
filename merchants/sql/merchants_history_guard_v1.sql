-- What was ordered and what happened to it is written once. Only one thing may change: a move
-- stops being the newest when the next one is written.
CREATE OR REPLACE FUNCTION merchants_history_guard_v1() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'merchants_ordermove' THEN
    IF (to_jsonb(OLD) - 'most_recent') = (to_jsonb(NEW) - 'most_recent')
      AND OLD.most_recent AND NOT NEW.most_recent
    THEN
      RETURN NEW;
    END IF;
  END IF;
  RAISE EXCEPTION 'the history of orders does not change' USING ERRCODE = 'restrict_violation';
END $$;
