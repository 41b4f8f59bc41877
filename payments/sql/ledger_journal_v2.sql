-- Posts all transfers of one fact, or none, naming accounts by what they are: one round trip.
--
-- The first three arrays describe the lines, in the order in which floors must hold. The last five
-- describe their accounts, two for each line, debit then credit; missing ones are opened. A fact of
-- one line takes the fastest way (ledger_transfer_v1), a fact of several is posted together
-- (ledger_post_v1). Returns how many lines were new. Errors are those of the two.
--
-- The one line of a payment between two of a party's own accounts, which are there, is looked up
-- here in one statement; whatever else is wanted, ledger_accounts_v2 finds or opens.
CREATE OR REPLACE FUNCTION public.ledger_journal_v2(
    p_ids uuid[], p_kinds text[], p_amounts bigint[], p_journal uuid, p_currency text, p_ref text,
    p_moment timestamptz,
    p_sides text[], p_parties bigint[], p_banks text[], p_floors bigint[], p_inboxes boolean[]
) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    v_lines CONSTANT integer := cardinality(p_ids);
    v_accounts bigint[];
    v_debit bigint;
    v_credit bigint;
    v_debits bigint[] := '{}';
    v_credits bigint[] := '{}';
BEGIN
    IF v_lines = 1 THEN
        SELECT debit.id, credit.id INTO v_debit, v_credit
          FROM public.payments_ledgeraccount AS debit, public.payments_ledgeraccount AS credit
         WHERE debit.kind = p_sides[1] AND debit.currency = p_currency
           AND debit.party_id = p_parties[1] AND debit.bank = p_banks[1]
           AND credit.kind = p_sides[2] AND credit.currency = p_currency
           AND credit.party_id = p_parties[2] AND credit.bank = p_banks[2];
    END IF;
    IF v_credit IS NULL THEN
        v_accounts := public.ledger_accounts_v2(
            p_sides, p_parties, p_banks, array_fill(p_currency, ARRAY[2 * v_lines]), p_floors,
            p_inboxes);
        v_debit := v_accounts[1];
        v_credit := v_accounts[2];
    END IF;
    IF v_lines = 1 THEN
        RETURN public.ledger_transfer_v1(
            p_ids[1], p_journal, p_kinds[1], v_debit, v_credit, p_amounts[1], p_currency, p_ref,
            p_moment)::integer;
    END IF;
    FOR i IN 1..v_lines LOOP
        v_debits := v_debits || v_accounts[2 * i - 1];
        v_credits := v_credits || v_accounts[2 * i];
    END LOOP;
    RETURN public.ledger_post_v1(
        p_ids, array_fill(p_journal, ARRAY[v_lines]), p_kinds, v_debits, v_credits, p_amounts,
        array_fill(p_currency, ARRAY[v_lines]), array_fill(p_ref, ARRAY[v_lines]), p_moment);
END
$body$;
