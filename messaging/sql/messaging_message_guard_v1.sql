-- Messages are written once. The words of a person never change and no message is deleted.
-- A snapshot kind may be refreshed: its content and the moment of the change, nothing else.
CREATE FUNCTION messaging_message_guard_v1() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'messages are not deleted' USING ERRCODE = 'restrict_violation';
  END IF;
  IF OLD.kind = 'text'
    OR (to_jsonb(NEW) - 'content' - 'edited_at') IS DISTINCT FROM
       (to_jsonb(OLD) - 'content' - 'edited_at')
    OR NEW.edited_at IS NULL
  THEN
    RAISE EXCEPTION 'messages do not change' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
