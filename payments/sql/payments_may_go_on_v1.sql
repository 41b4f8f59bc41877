-- Tells whether money that is under way may move further: whether no hold stops everything where
-- it is, or of a party or bank that it touches.
--
-- It first takes a share of the capability, as a new payment does, and reads the holds after that
-- was waited for; so a step is either entirely before a hold or sees it.
CREATE OR REPLACE FUNCTION public.payments_may_go_on_v1(
    p_country text, p_capability text, p_parties bigint[], p_banks text[], p_moment timestamptz
) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $body$
BEGIN
    PERFORM public.payments_share_v1(p_country, p_capability);
    RETURN NOT EXISTS (
        SELECT 1 FROM public.payments_regulatorhold AS standing
          JOIN public.payments_country AS country ON country.id = standing.country_id
          LEFT JOIN public.payments_bank AS bank ON bank.id = standing.bank_id
         WHERE standing.lifted_at IS NULL AND standing.level = 'stop_all'
           AND standing.capability IN ('', p_capability)
           AND (standing.starts_at IS NULL OR standing.starts_at <= p_moment)
           AND country.iso2 = p_country
           AND (standing.party_id = ANY (p_parties) OR bank.slug = ANY (p_banks)
                OR (standing.party_id IS NULL AND standing.bank_id IS NULL)));
END
$body$;
