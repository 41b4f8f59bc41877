-- Keeps a request for approval as it was asked, lets it end once, and never deletes it.
-- The grants say the same; the trigger also holds for the owner.
CREATE OR REPLACE FUNCTION public.people_approval_guard_v1() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    IF TG_OP <> 'UPDATE' THEN
        RAISE EXCEPTION '% keeps its rows: % is refused', tg_table_name, tg_op
              USING ERRCODE = 'TR001';
    END IF;
    IF OLD.state <> 'waiting'
       OR (to_jsonb(OLD) - '{state,checker_id,decided_at,decision_reason}'::text[])
          IS DISTINCT FROM (to_jsonb(NEW) - '{state,checker_id,decided_at,decision_reason}'::text[])
    THEN
        RAISE EXCEPTION '% changes once, when it is decided', tg_table_name
              USING ERRCODE = 'TR001';
    END IF;
    RETURN NEW;
END
$body$;
