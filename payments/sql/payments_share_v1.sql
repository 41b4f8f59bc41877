-- Takes a share of a capability until the transaction ends: whoever closes it, or imposes a hold,
-- takes it alone and waits for the shares that are out.
--
-- It is a lock by name and not of the row, for two reasons. Sharers of a row overtake whoever waits
-- for it alone, so a hold could wait for ever in a country where payments never pause; locks by name
-- queue. And a share of a row is a write to it, by every payment.
CREATE OR REPLACE FUNCTION public.payments_share_v1(p_country text, p_capability text)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(27759, capability.id::integer)
       FROM public.payments_countrycapability AS capability
       JOIN public.payments_country AS country ON country.id = capability.country_id
      WHERE country.iso2 = p_country AND capability.capability = p_capability;
END
$body$;
