-- Counts somebody who has just enrolled, or refuses when as many take part as the regulator allows.
--
-- The country's row is locked until the enrolment commits, so of two who want the last place one
-- waits and is then refused; the clock's own count takes the same lock. Null is no limit.
CREATE OR REPLACE FUNCTION public.countries_enrol_v1(p_country text, p_most bigint)
RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    UPDATE public.payments_country SET enrolled_count = enrolled_count + 1
     WHERE iso2 = p_country AND (p_most IS NULL OR enrolled_count < p_most);
    RETURN FOUND OR NOT EXISTS (SELECT 1 FROM public.payments_country WHERE iso2 = p_country);
END
$body$;
