-- Tells what the rules look at before one party pays another, in one round trip: whether the two
-- countries are open for it, who the two are, and where the payee could receive.
--
-- ``holds`` are those that stand over one of the two, or over any one bank; those over a country
-- are among the facts of its capability.
--
-- The caller says the countries where it knows them: the payee's, then the payer's if it is another.
-- It locks nothing and decides nothing; ``payments.services.rules`` does. The payee's country comes
-- first. A quote asks it as it is, a payment through payments_standing_v7, after the locks.
CREATE OR REPLACE FUNCTION public.payments_situation_v5(
    p_payer bigint, p_payee bigint, p_kind text, p_terms text[], p_moment timestamptz,
    p_countries text[]
) RETURNS json
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $body$
DECLARE
    v_countries text[] := p_countries;
    v_receiving public.payments_fundingsource;
BEGIN
    IF v_countries IS NULL THEN
        SELECT array_agg(party.country ORDER BY party.id = p_payer) INTO v_countries
          FROM public.people_party AS party WHERE party.id IN (p_payer, p_payee);
        IF v_countries[1] = v_countries[2] THEN
            v_countries := v_countries[1:1];
        END IF;
    END IF;
    -- The default where it can receive, the oldest verified account otherwise.
    SELECT * INTO v_receiving FROM public.payments_fundingsource
     WHERE party_id = p_payee AND kind = 'bank_account' AND verified_at IS NOT NULL
       AND removed_at IS NULL
     ORDER BY is_default DESC, id LIMIT 1;
    RETURN json_build_object(
        'open', CASE
            WHEN cardinality(v_countries) = 1 THEN json_build_array(
                public.payments_openness_v1(v_countries[1], p_kind, p_moment))
            ELSE json_build_array(
                public.payments_openness_v1(v_countries[1], p_kind, p_moment),
                public.payments_openness_v1(v_countries[2], p_kind, p_moment)) END,
        'holds', (
            SELECT coalesce(json_agg(json_build_array(
                       standing.level, standing.legal_reference, bank.slug, standing.party_id)
                       ORDER BY standing.id), '[]')
              FROM public.payments_regulatorhold AS standing
              LEFT JOIN public.payments_bank AS bank ON bank.id = standing.bank_id
             WHERE standing.lifted_at IS NULL AND standing.capability IN ('', p_kind)
               AND (standing.starts_at IS NULL OR standing.starts_at <= p_moment)
               AND (standing.party_id IN (p_payer, p_payee) OR standing.bank_id IS NOT NULL)),
        'people', public.people_payment_facts_v3(p_payer, p_payee, p_terms),
        'receiving', CASE WHEN v_receiving.id IS NOT NULL THEN row_to_json(v_receiving) END,
        'receiving_rail', (SELECT rail FROM public.payments_bank WHERE slug = v_receiving.bank),
        'is_paid_out', EXISTS (SELECT 1 FROM public.payments_payoutaccount
                                WHERE party_id = p_payee AND replaced_at IS NULL));
END
$body$;
