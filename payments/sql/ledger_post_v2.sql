-- Posts transfers, all or none, and returns how many were new.
--
-- Eight arrays of one length describe the transfers; the moment is the caller's. In order:
--
-- 1. Lock. Every account whose row will change is locked, in order of id, whatever the order of
--    the transfers: two calls can wait for each other only in one direction, so never for ever.
--    An account that takes an inbox is not locked, unless it has a floor and this call takes more
--    out of it than it puts in: only then could the floor break.
-- 2. Replay. Ids that are already in the books are compared with what is asked now. The same: they
--    are done. Different: TR003. The look comes after the locks, so a twin that ran at the same
--    moment has been waited for.
-- 3. Post. Each transfer moves its two balances and writes its line, in the order given; the CHECK
--    of the table holds every floor at every step. A side without lock goes to the inbox.
--
-- The plan is pinned: accounts and lines are found by their keys, and the inboxes of all accounts
-- are folded at once, whatever the statistics say. A plan made while the tables were small, and
-- kept by the connection, read them whole for each transfer once they were not.
--
-- Errors: 23514 on payments_ledgeraccount_floor_holds (a floor would break), TR002 (no such account
-- in that currency), TR003 (an id was posted before with other content).
CREATE OR REPLACE FUNCTION public.ledger_post_v2(
    p_ids uuid[], p_journals uuid[], p_kinds text[], p_debits bigint[], p_credits bigint[],
    p_amounts bigint[], p_currencies text[], p_refs text[], p_moment timestamptz
) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_nestloop = off
SET enable_mergejoin = off SET jit = off
AS $body$
DECLARE
    v_locked bigint[];
    v_full bigint[];
    v_known integer;
    v_new integer[];
    v_wrong uuid;
    v_posted integer := 0;
    v_debit_after bigint;
    v_credit_after bigint;
BEGIN
    -- 1. Lock.
    SELECT coalesce(array_agg(held.id), '{}'),
           coalesce(array_agg(held.id) FILTER (WHERE held.takes_inbox), '{}')
      INTO v_locked, v_full
      FROM (
        SELECT account.id, account.takes_inbox
          FROM public.payments_ledgeraccount AS account
          JOIN (
                SELECT side.account, sum(side.delta) AS net
                  FROM unnest(p_debits, p_credits, p_amounts) AS wanted(debit, credit, amount)
                 CROSS JOIN LATERAL (VALUES (wanted.debit, -wanted.amount),
                                            (wanted.credit, wanted.amount)) AS side(account, delta)
                 GROUP BY side.account
               ) AS change ON change.account = account.id
         WHERE account.id = ANY (p_debits || p_credits)
           AND (NOT account.takes_inbox OR (account.floor IS NOT NULL AND change.net < 0))
         ORDER BY account.id
           FOR NO KEY UPDATE OF account
      ) AS held;

    -- 2. Replay.
    SELECT count(*) INTO v_known FROM public.payments_ledgertransfer WHERE id = ANY (p_ids);
    IF v_known > 0 THEN
        SELECT wanted.id INTO v_wrong
          FROM unnest(p_ids, p_kinds, p_debits, p_credits, p_amounts, p_currencies, p_refs)
               AS wanted(id, kind, debit, credit, amount, currency, ref)
          JOIN public.payments_ledgertransfer AS line ON line.id = wanted.id
         WHERE line.id = ANY (p_ids)
           AND (line.kind, line.debit_id, line.credit_id, line.amount_minor, line.currency,
                line.payment_ref)
               IS DISTINCT FROM (wanted.kind, wanted.debit, wanted.credit, wanted.amount,
                                 wanted.currency, wanted.ref)
         LIMIT 1;
        IF FOUND THEN
            RAISE EXCEPTION 'transfer % was posted with other content', v_wrong
                  USING ERRCODE = 'TR003';
        END IF;
        IF v_known = cardinality(p_ids) THEN
            RETURN 0;
        END IF;
        SELECT array_agg(wanted.place::integer ORDER BY wanted.place) INTO v_new
          FROM unnest(p_ids) WITH ORDINALITY AS wanted(id, place)
         WHERE wanted.id <> ALL (ARRAY(SELECT line.id FROM public.payments_ledgertransfer AS line
                                        WHERE line.id = ANY (p_ids)));
        RETURN public.ledger_post_v2(
            (SELECT array_agg(p_ids[place] ORDER BY place) FROM unnest(v_new) AS place),
            (SELECT array_agg(p_journals[place] ORDER BY place) FROM unnest(v_new) AS place),
            (SELECT array_agg(p_kinds[place] ORDER BY place) FROM unnest(v_new) AS place),
            (SELECT array_agg(p_debits[place] ORDER BY place) FROM unnest(v_new) AS place),
            (SELECT array_agg(p_credits[place] ORDER BY place) FROM unnest(v_new) AS place),
            (SELECT array_agg(p_amounts[place] ORDER BY place) FROM unnest(v_new) AS place),
            (SELECT array_agg(p_currencies[place] ORDER BY place) FROM unnest(v_new) AS place),
            (SELECT array_agg(p_refs[place] ORDER BY place) FROM unnest(v_new) AS place),
            p_moment);
    END IF;

    -- 3. Post.
    WITH folded AS (
        DELETE FROM public.payments_ledgerinbox WHERE account_id = ANY (v_full)
        RETURNING account_id, delta_minor
    ), net AS MATERIALIZED (
        SELECT account_id, sum(delta_minor)::bigint AS delta FROM folded GROUP BY account_id
    )
    UPDATE public.payments_ledgeraccount AS account SET balance = account.balance + net.delta
      FROM net
     WHERE account.id = ANY (v_full) AND account.id = net.account_id;
    FOR i IN 1..cardinality(p_ids) LOOP
        v_debit_after := NULL;
        v_credit_after := NULL;
        IF p_debits[i] = ANY (v_locked) THEN
            UPDATE public.payments_ledgeraccount SET balance = balance - p_amounts[i]
             WHERE id = p_debits[i] AND currency = p_currencies[i]
            RETURNING CASE WHEN takes_inbox THEN NULL ELSE balance END INTO v_debit_after;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'no account % in %', p_debits[i], p_currencies[i]
                      USING ERRCODE = 'TR002';
            END IF;
        END IF;
        IF p_credits[i] = ANY (v_locked) THEN
            UPDATE public.payments_ledgeraccount SET balance = balance + p_amounts[i]
             WHERE id = p_credits[i] AND currency = p_currencies[i]
            RETURNING CASE WHEN takes_inbox THEN NULL ELSE balance END INTO v_credit_after;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'no account % in %', p_credits[i], p_currencies[i]
                      USING ERRCODE = 'TR002';
            END IF;
        END IF;
        INSERT INTO public.payments_ledgertransfer
               (id, journal, kind, debit_id, credit_id, amount_minor, currency,
                debit_after, credit_after, payment_ref, at)
        VALUES (p_ids[i], p_journals[i], p_kinds[i], p_debits[i], p_credits[i], p_amounts[i],
                p_currencies[i], v_debit_after, v_credit_after, p_refs[i], p_moment)
            ON CONFLICT (id) DO NOTHING;
        IF NOT FOUND THEN
            -- A twin without a common lock wrote it a moment ago. Where both sides go to an inbox
            -- and the line is the same, it is done; else this id now says something different.
            PERFORM 1 FROM public.payments_ledgertransfer
              WHERE id = p_ids[i] AND kind = p_kinds[i] AND debit_id = p_debits[i]
                AND credit_id = p_credits[i] AND amount_minor = p_amounts[i]
                AND currency = p_currencies[i] AND payment_ref = p_refs[i]
                AND NOT p_debits[i] = ANY (v_locked) AND NOT p_credits[i] = ANY (v_locked);
            IF FOUND THEN
                CONTINUE;
            END IF;
            RAISE EXCEPTION 'transfer % was posted with other content', p_ids[i]
                  USING ERRCODE = 'TR003';
        END IF;
        v_posted := v_posted + 1;
        IF NOT p_debits[i] = ANY (v_locked) THEN
            INSERT INTO public.payments_ledgerinbox (account_id, transfer_id, delta_minor)
            SELECT id, p_ids[i], -p_amounts[i] FROM public.payments_ledgeraccount
             WHERE id = p_debits[i] AND currency = p_currencies[i] AND takes_inbox;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'no account % in %', p_debits[i], p_currencies[i]
                      USING ERRCODE = 'TR002';
            END IF;
        END IF;
        IF NOT p_credits[i] = ANY (v_locked) THEN
            INSERT INTO public.payments_ledgerinbox (account_id, transfer_id, delta_minor)
            SELECT id, p_ids[i], p_amounts[i] FROM public.payments_ledgeraccount
             WHERE id = p_credits[i] AND currency = p_currencies[i] AND takes_inbox;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'no account % in %', p_credits[i], p_currencies[i]
                      USING ERRCODE = 'TR002';
            END IF;
        END IF;
    END LOOP;
    RETURN v_posted;
END
$body$;
