-- Locks what a payment of a quote depends on and tells how everything stands, in one round trip.
--
-- The locks, in order: the quote, its demand, a share of the payee's being open, then of the capability
-- in the payee's country and in the payer's, so that none closes before this payment commits. Each
-- statement here sees what was committed before it began; the facts are read after the locks were
-- waited for, so they show the closing or the hold that was waited for. No rule is decided here: ``payments.services.rules`` does.
--
-- Null when the payer has no such quote. With ``made``, the payment that the key has made before,
-- nothing else is told. ``coerced`` tells, of a payer under duress, what was sent since it began and
-- the most that may be; it is read in the statement of everybody else too, so that no time tells.
-- The limits of the kind come along, as limits_told_v1 tells them; the quote's text does not.
-- The answer is text to be read once, so it is json and never built as jsonb.
CREATE OR REPLACE FUNCTION public.payments_standing_v7(
    p_payer bigint, p_quote text, p_key text, p_terms text[], p_moment timestamptz
) RETURNS json
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $body$
DECLARE
    v_quote public.payments_quote;
    v_demand public.payments_demand;
    v_source public.payments_fundingsource;
    v_made bigint;
    v_countries text[];
    v_is_live boolean := false;
    v_payer_tier text;
    v_payee_tier text;
BEGIN
    SELECT * INTO v_quote FROM public.payments_quote
     WHERE public_id = p_quote AND payer_id = p_payer FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    SELECT id INTO v_made FROM public.payments_payment
     WHERE payer_id = p_payer AND idempotency_key = p_key;
    IF FOUND THEN
        RETURN json_build_object('made', v_made);
    END IF;
    IF v_quote.demand_id IS NOT NULL THEN
        SELECT * INTO v_demand FROM public.payments_demand
         WHERE id = v_quote.demand_id FOR NO KEY UPDATE;
        v_is_live := EXISTS (SELECT 1 FROM public.payments_payment
                              WHERE demand_id = v_demand.id
                                AND state NOT IN ('failed', 'cancelled', 'returned'));
    END IF;

    SELECT array_agg(party.country ORDER BY party.id = v_quote.payer_id),
           coalesce(max(identity.tier) FILTER (WHERE party.id = v_quote.payer_id), ''),
           coalesce(max(identity.tier) FILTER (WHERE party.id = v_quote.payee_id), '')
      INTO v_countries, v_payer_tier, v_payee_tier
      FROM public.people_party AS party
      LEFT JOIN public.people_identity AS identity ON identity.party_id = party.id
     WHERE party.id IN (v_quote.payer_id, v_quote.payee_id);
    IF v_countries[1] = v_countries[2] THEN
        v_countries := v_countries[1:1];
    END IF;
    PERFORM public.people_share_open_v1(v_quote.payee_id);
    FOR i IN 1..cardinality(v_countries) LOOP
        PERFORM public.payments_share_v1(v_countries[i], v_quote.kind);
    END LOOP;

    SELECT * INTO v_source FROM public.payments_fundingsource WHERE id = v_quote.source_id;
    v_quote.signed_text := NULL;
    RETURN json_build_object(
        'quote', row_to_json(v_quote),
        'demand', CASE WHEN v_demand.id IS NOT NULL THEN row_to_json(v_demand) END,
        'is_live', v_is_live,
        'source', CASE WHEN v_source.id IS NOT NULL THEN row_to_json(v_source) END,
        'rail', (SELECT rail FROM public.payments_bank WHERE slug = v_source.bank),
        'situation', public.payments_situation_v5(
            v_quote.payer_id, v_quote.payee_id, v_quote.kind, p_terms, p_moment, v_countries),
        'limits', public.limits_told_v1(
            v_quote.payer_id, v_quote.payee_id, v_countries[1], ARRAY[v_quote.kind, 'any'],
            v_payer_tier, v_payee_tier),
        'coerced', (
            SELECT json_build_object(
                       'sent_minor', (SELECT coalesce(sum(sent.amount_minor), 0)
                                        FROM public.payments_payment AS sent
                                       WHERE sent.payer_id = p_payer
                                         AND sent.created_at >= duress.since
                                         AND sent.state NOT IN ('failed', 'cancelled', 'returned')),
                       'most_minor', (SELECT country.duress_minor
                                        FROM public.people_party AS party
                                        JOIN public.payments_country AS country
                                          ON country.iso2 = party.country
                                       WHERE party.id = p_payer))
              FROM (SELECT public.people_coerced_since_v2(p_payer) AS since) AS duress
             WHERE duress.since IS NOT NULL));
END
$body$;
