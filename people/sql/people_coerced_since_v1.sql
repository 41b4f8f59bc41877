-- Tells since when the person of a party pays under duress; null for everybody else.
CREATE OR REPLACE FUNCTION public.people_coerced_since_v1(p_party bigint) RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp
AS $body$
    SELECT pin.duress_since
      FROM public.people_pindevice AS pin
      JOIN public.people_person AS person ON person.id = pin.user_id
     WHERE person.party_id = p_party
$body$;
