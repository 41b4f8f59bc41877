-- Tells what a payment must know of the two people it is between, in one answer.
--
-- ``payer`` and ``payee`` are the parties; ``terms`` are what somebody must have accepted to count
-- as enrolled. It locks nothing and sees the snapshot of the statement that calls it.
-- The answer is text to be read once, so it is json and never built as jsonb.
CREATE OR REPLACE FUNCTION public.people_payment_facts_v3(
    p_payer bigint, p_payee bigint, p_terms text[]
) RETURNS json
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $body$
DECLARE
    v_parties json;
BEGIN
    SELECT json_object_agg(party.id::text, json_build_object(
               'id', party.id, 'public_id', party.public_id, 'kind', party.kind,
               'display_name', party.display_name, 'country', party.country,
               'is_closed', party.closed_at IS NOT NULL,
               'person_id', person.id, 'legal_name', identity.legal_name,
               'tax_id', identity.tax_id, 'tier', identity.tier,
               'is_enrolled', identity.id IS NOT NULL
                   AND EXISTS (SELECT 1 FROM public.people_pindevice AS pin
                                WHERE pin.user_id = person.id)
                   AND NOT EXISTS (
                       SELECT 1 FROM unnest(p_terms) AS wanted(code)
                        WHERE NOT EXISTS (SELECT 1 FROM public.people_termsacceptance AS accepted
                                           WHERE accepted.person_id = person.id
                                             AND accepted.terms = wanted.code)),
               'pin_reset_at', (SELECT pin.reset_at FROM public.people_pindevice AS pin
                                 WHERE pin.user_id = person.id),
               'is_frozen', EXISTS (SELECT 1 FROM public.people_freeze AS ice
                                     WHERE ice.person_id = person.id
                                       AND ice.lifted_at IS NULL)))
      INTO v_parties
      FROM public.people_party AS party
      LEFT JOIN public.people_person AS person ON person.party_id = party.id
      LEFT JOIN public.people_identity AS identity ON identity.party_id = party.id
     WHERE party.id IN (p_payer, p_payee);
    RETURN json_build_object(
        'parties', v_parties,
        'is_blocked', EXISTS (SELECT 1 FROM public.people_block
                               WHERE blocker_id = p_payer AND blocked_id = p_payee)
                   OR EXISTS (SELECT 1 FROM public.people_block
                               WHERE blocker_id = p_payee AND blocked_id = p_payer));
END
$body$;
