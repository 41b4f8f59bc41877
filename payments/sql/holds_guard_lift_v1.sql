-- Refuses to lift a hold that fewer than two people approved lifting, and to change what a hold
-- says. That the two are different people is a unique constraint of their rows.
CREATE OR REPLACE FUNCTION public.holds_guard_lift_v1() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    IF OLD.lifted_at IS NOT NULL
       OR (OLD.country_id, OLD.capability, OLD.level, OLD.imposed_by_id, OLD.imposed_at)
          IS DISTINCT FROM
          (NEW.country_id, NEW.capability, NEW.level, NEW.imposed_by_id, NEW.imposed_at)
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
