-- Finds accounts of the chart, and opens those that do not exist yet.
--
-- Six arrays of one length describe the accounts; the answer holds their ids in the same order.
-- Each is found by its whole key, so the number of accounts does not matter. The plan is pinned:
-- one made while there were few would read all of them for each. Two callers may open the
-- same account at once: the unique constraint lets one insert through and makes the other wait
-- for it and read its row. Missing accounts are opened in one fixed order, so two callers that open
-- the same two cannot wait for each other.
CREATE OR REPLACE FUNCTION public.ledger_accounts_v3(
    p_kinds text[], p_parties bigint[], p_banks text[], p_currencies text[],
    p_floors bigint[], p_inboxes boolean[]
) RETURNS bigint[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $body$
DECLARE
    v_ids bigint[];
    v_id bigint;
BEGIN
    FOR v_turn IN 1..3 LOOP
        v_ids := '{}';
        FOR i IN 1..cardinality(p_kinds) LOOP
            IF p_parties[i] IS NULL THEN
                SELECT id INTO v_id FROM public.payments_ledgeraccount
                 WHERE kind = p_kinds[i] AND currency = p_currencies[i] AND party_id IS NULL
                   AND bank = p_banks[i];
            ELSE
                SELECT id INTO v_id FROM public.payments_ledgeraccount
                 WHERE kind = p_kinds[i] AND currency = p_currencies[i]
                   AND party_id = p_parties[i] AND bank = p_banks[i];
            END IF;
            EXIT WHEN NOT FOUND;
            v_ids := v_ids || v_id;
        END LOOP;
        IF cardinality(v_ids) = cardinality(p_kinds) THEN
            RETURN v_ids;
        END IF;
        INSERT INTO public.payments_ledgeraccount
               (kind, currency, party_id, bank, balance, floor, takes_inbox)
        SELECT DISTINCT wanted.kind, wanted.currency, wanted.party, wanted.bank, 0,
               wanted.floor, wanted.takes_inbox
          FROM unnest(p_kinds, p_parties, p_banks, p_currencies, p_floors, p_inboxes)
               AS wanted(kind, party, bank, currency, floor, takes_inbox)
         ORDER BY 1, 2, 3, 4
            ON CONFLICT DO NOTHING;
    END LOOP;
    RAISE EXCEPTION 'an account could not be opened' USING ERRCODE = 'TR002';
END
$body$;
