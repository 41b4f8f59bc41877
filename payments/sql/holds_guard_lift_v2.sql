-- Refuses to lift a hold that fewer than two people approved lifting, to change what a hold says,
-- and to remove one. That the two are different people is a unique constraint of their rows.
CREATE OR REPLACE FUNCTION public.holds_guard_lift_v2() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'hold % is history and stays', OLD.public_id
              USING ERRCODE = '23514', CONSTRAINT = 'payments_regulatorhold_stays';
    END IF;
    IF OLD.lifted_at IS NOT NULL
       OR to_jsonb(OLD) - 'lifted_at' IS DISTINCT FROM to_jsonb(NEW) - 'lifted_at'
    THEN
        RAISE EXCEPTION 'hold % does not change', OLD.public_id
              USING ERRCODE = '23514', CONSTRAINT = 'payments_regulatorhold_only_lifted_once';
    END IF;
    IF (SELECT count(*) FROM public.payments_holdlift WHERE hold_id = NEW.id) < 2
       AND NEW.lifted_at IS NOT NULL
    THEN
        RAISE EXCEPTION 'hold % needs two people to be lifted', OLD.public_id
              USING ERRCODE = '23514', CONSTRAINT = 'payments_regulatorhold_two_lift';
    END IF;
    RETURN NEW;
END
$body$;
