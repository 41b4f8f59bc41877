-- Posts many transfers of one currency at once; each stands for itself. Returns for each, in the
-- order given, what became of it: 'posted', 'known' (it was there already), 'insufficient_funds',
-- 'contradicted' (its id was posted with other content), 'no_account', or 'refused'.
--
-- 1. Lock. Every row that will change is locked once, in order of id.
-- 2. The quick way. One statement computes all running balances by window, in the order given,
--    and writes everything, if all of it is good: accounts there, ids new, floors kept at every
--    step. An account is updated once, an inbox gets one row.
-- 3. The slow way. Otherwise nothing was written, or what was written is taken back because an id
--    came twice, in this call or in a twin's; each transfer is posted by itself, so that a bad one
--    fails alone. All rows are locked by then, so their order is no danger.
--
-- The plan is pinned: the arrays are short beside the tables, whatever the statistics say, and a
-- plan made for one length of array is not used for another.
CREATE OR REPLACE FUNCTION public.ledger_batch_v2(
    p_ids uuid[], p_journals uuid[], p_kinds text[], p_debits bigint[], p_credits bigint[],
    p_amounts bigint[], p_currency text, p_refs text[], p_moment timestamptz
) RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan SET enable_seqscan = off SET enable_mergejoin = off
SET random_page_cost = 1.0 SET jit = off
AS $body$
DECLARE
    v_items integer := cardinality(p_ids);
    v_rows bigint[];
    v_balances bigint[];
    v_lowest bigint[];
    v_boxes bigint[] := '{}';
    v_any_full boolean;
    v_wanted integer;
    v_written integer;
    v_outcomes text[] := '{}';
    v_outcome text;
    v_constraint text;
BEGIN
    -- 1. Lock.
    SELECT coalesce(array_agg(mine.id), '{}'), array_agg(mine.balance),
           array_agg(mine.floor + mine.held), coalesce(bool_or(mine.takes_inbox), false)
      INTO v_rows, v_balances, v_lowest, v_any_full
      FROM (
        SELECT id, balance, floor, held, takes_inbox FROM public.payments_ledgeraccount
         WHERE id = ANY (p_debits || p_credits) AND currency = p_currency
           AND (NOT takes_inbox OR floor IS NOT NULL AND id = ANY (p_debits))
         ORDER BY id
           FOR NO KEY UPDATE
      ) AS mine;
    SELECT count(DISTINCT account) INTO v_wanted FROM unnest(p_debits || p_credits) AS account;
    IF cardinality(v_rows) < v_wanted THEN
        SELECT coalesce(array_agg(id), '{}') INTO v_boxes FROM public.payments_ledgeraccount
         WHERE id = ANY (p_debits || p_credits) AND currency = p_currency AND takes_inbox
           AND id <> ALL (v_rows);
    END IF;

    -- 2. The quick way.
    IF NOT v_any_full AND cardinality(v_rows) + cardinality(v_boxes) = v_wanted THEN
        BEGIN
            WITH item AS MATERIALIZED (
                SELECT * FROM unnest(p_ids, p_journals, p_kinds, p_debits, p_credits, p_amounts,
                                     p_refs)
                       WITH ORDINALITY
                       AS asked(id, journal, kind, debit, credit, amount, ref, place)
            ), side AS MATERIALIZED (
                SELECT item.place, two.account, two.delta
                  FROM item CROSS JOIN LATERAL (VALUES (debit, -amount), (credit, amount))
                       AS two(account, delta)
            ), run AS MATERIALIZED (
                SELECT side.place, side.account, side.delta, mine.lowest,
                       (mine.balance + sum(side.delta)
                           OVER (PARTITION BY side.account ORDER BY side.place))::bigint AS after
                  FROM side
                  JOIN unnest(v_rows, v_balances, v_lowest) AS mine(account, balance, lowest)
                    ON mine.account = side.account
            ), verdict AS MATERIALIZED (
                SELECT NOT EXISTS (SELECT 1 FROM run WHERE delta < 0 AND after < lowest)
                   AND NOT EXISTS (SELECT 1 FROM item WHERE amount <= 0 OR debit = credit)
                   AND NOT EXISTS (SELECT 1 FROM item JOIN public.payments_ledgertransfer AS line
                                       ON line.id = item.id) AS is_good
            ), after AS MATERIALIZED (
                SELECT place, max(after) FILTER (WHERE delta < 0) AS debit,
                       max(after) FILTER (WHERE delta > 0) AS credit
                  FROM run GROUP BY place
            ), written AS (
                INSERT INTO public.payments_ledgertransfer
                       (id, journal, kind, debit_id, credit_id, amount_minor, currency, debit_after,
                        credit_after, payment_ref, at)
                SELECT item.id, item.journal, item.kind, item.debit, item.credit, item.amount,
                       p_currency, after.debit, after.credit, item.ref, p_moment
                  FROM item LEFT JOIN after ON after.place = item.place
                 WHERE (SELECT is_good FROM verdict)
                 ORDER BY item.place
                RETURNING 1
            ), moved AS (
                UPDATE public.payments_ledgeraccount AS account SET balance = balance + net.delta
                  FROM (SELECT account, sum(delta)::bigint AS delta FROM run GROUP BY account)
                       AS net
                 WHERE account.id = net.account AND (SELECT is_good FROM verdict)
            ), put AS (
                INSERT INTO public.payments_ledgerinbox (account_id, transfer_id, delta_minor)
                SELECT side.account, p_ids[v_items], sum(side.delta)::bigint
                  FROM side
                 WHERE side.account = ANY (v_boxes) AND (SELECT is_good FROM verdict)
                 GROUP BY side.account
                HAVING sum(side.delta) <> 0
            )
            SELECT count(*) INTO v_written FROM written;
            IF v_written = v_items THEN
                RETURN array_fill('posted'::text, ARRAY[v_items]);
            END IF;
        EXCEPTION WHEN unique_violation THEN
            NULL;
        END;
    END IF;

    -- 3. The slow way.
    FOR i IN 1..v_items LOOP
        BEGIN
            v_outcome := CASE WHEN public.ledger_transfer_v1(
                p_ids[i], p_journals[i], p_kinds[i], p_debits[i], p_credits[i], p_amounts[i],
                p_currency, p_refs[i], p_moment) THEN 'posted' ELSE 'known' END;
        EXCEPTION
            WHEN check_violation THEN
                GET STACKED DIAGNOSTICS v_constraint = CONSTRAINT_NAME;
                v_outcome := CASE v_constraint WHEN 'payments_ledgeraccount_floor_holds'
                                  THEN 'insufficient_funds' ELSE 'refused' END;
            WHEN SQLSTATE 'TR002' THEN
                v_outcome := 'no_account';
            WHEN SQLSTATE 'TR003' THEN
                v_outcome := 'contradicted';
        END;
        v_outcomes := v_outcomes || v_outcome;
    END LOOP;
    RETURN v_outcomes;
END
$body$;
