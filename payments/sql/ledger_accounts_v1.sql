-- Finds accounts of the chart, and opens those that do not exist yet.
--
-- Six arrays of one length describe the accounts; the answer holds their ids in the same order.
-- Two callers may open the same account at once: the unique constraint lets one insert through and
-- makes the other wait for it and read its row. Missing accounts are opened in one fixed order, so
-- two callers that open the same two cannot wait for each other.
CREATE OR REPLACE FUNCTION public.ledger_accounts_v1(
    p_kinds text[], p_parties bigint[], p_banks text[], p_currencies text[],
    p_floors bigint[], p_inboxes boolean[]
) RETURNS bigint[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    v_ids bigint[];
BEGIN
    FOR v_turn IN 1..3 LOOP
        SELECT array_agg(account.id ORDER BY wanted.place) INTO v_ids
          FROM unnest(p_kinds, p_parties, p_banks, p_currencies)
               WITH ORDINALITY AS wanted(kind, party, bank, currency, place)
          JOIN public.payments_ledgeraccount AS account
            ON account.kind = wanted.kind
           AND account.currency = wanted.currency
           AND account.party_id IS NOT DISTINCT FROM wanted.party
           AND account.bank = wanted.bank;
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
