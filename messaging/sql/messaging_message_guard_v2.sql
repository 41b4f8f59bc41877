-- Messages keep their place for ever: none is deleted from the table, and of a message only what it
-- shows may change.
--
-- What a person said changes only with the earlier words kept beside it, in the same transaction:
-- an edit, or a deletion, which empties it. Nothing happens to it afterwards. A snapshot of
-- something that lives elsewhere is refreshed as it is; a snapshot of money is never deleted.
-- ``words`` is derived from the content.
CREATE FUNCTION messaging_message_guard_v2() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'messages are not deleted' USING ERRCODE = 'restrict_violation';
  END IF;
  IF (to_jsonb(NEW) - 'content' - 'edited_at' - 'deleted_at' - 'warnings' - 'words')
       IS DISTINCT FROM
     (to_jsonb(OLD) - 'content' - 'edited_at' - 'deleted_at' - 'warnings' - 'words')
    OR NEW.edited_at IS NULL
    OR OLD.deleted_at IS NOT NULL
  THEN
    RAISE EXCEPTION 'messages do not change' USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW.deleted_at IS NOT NULL
    AND (NEW.kind IN ('payment', 'request', 'order', 'system') OR NEW.content <> '{}'::jsonb)
  THEN
    RAISE EXCEPTION 'this message is not deleted' USING ERRCODE = 'restrict_violation';
  END IF;
  IF (OLD.content_ref = '' OR NEW.deleted_at IS NOT NULL)
    AND NOT EXISTS (SELECT 1 FROM public.messaging_messageversion AS kept
                     WHERE kept.message_id = OLD.id AND kept.content = OLD.content)
  THEN
    RAISE EXCEPTION 'earlier words are kept' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
