-- Takes some capabilities of a country alone until the transaction ends: waits for every payment
-- and every step that has a share of one, and keeps later ones waiting. Always in one order.
CREATE OR REPLACE FUNCTION public.payments_shut_v1(p_country text, p_capabilities text[])
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    v_id integer;
BEGIN
    FOR v_id IN
        SELECT capability.id FROM public.payments_countrycapability AS capability
          JOIN public.payments_country AS country ON country.id = capability.country_id
         WHERE country.iso2 = p_country AND capability.capability = ANY (p_capabilities)
         ORDER BY capability.id
    LOOP
        PERFORM pg_advisory_xact_lock(27759, v_id);
    END LOOP;
END
$body$;
