-- Lets an audit entry change once: from no place in the chain to a place. What it says never
-- changes, and it is never deleted. The grants say the same; the trigger also holds for the owner.
CREATE OR REPLACE FUNCTION public.people_audit_guard_v1() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    IF TG_OP <> 'UPDATE' THEN
        RAISE EXCEPTION '% is append-only: % is refused', tg_table_name, tg_op
              USING ERRCODE = 'TR001';
    END IF;
    IF OLD.seq IS NOT NULL OR NEW.seq IS NULL
       OR (to_jsonb(OLD) - '{seq,prev_hash,hash}'::text[])
          IS DISTINCT FROM (to_jsonb(NEW) - '{seq,prev_hash,hash}'::text[]) THEN
        RAISE EXCEPTION '% changes once, when it gets its place in the chain', tg_table_name
              USING ERRCODE = 'TR001';
    END IF;
    RETURN NEW;
END
$body$;
