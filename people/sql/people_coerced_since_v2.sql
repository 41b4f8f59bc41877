-- Tells since when the person of a party pays under duress; null for everybody else. Every payment
-- asks, so its plan is kept.
CREATE OR REPLACE FUNCTION public.people_coerced_since_v2(p_party bigint) RETURNS timestamptz
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $body$
BEGIN
    RETURN (
        SELECT pin.duress_since
          FROM public.people_pindevice AS pin
          JOIN public.people_person AS person ON person.id = pin.user_id
         WHERE person.party_id = p_party);
END
$body$;
