-- Posts one transfer, the fastest way: true when it is new, false when it was there already.
--
-- Two conditional updates in order of the accounts' ids and one insert; nothing is looked up
-- beforehand. What usually holds is tried first, and what does not hold is found out by a
-- statement that changes no row:
--
-- - A side that takes an inbox is not matched by its update. Where no floor can break (a credit,
--   or a debit of an account without floor) a row in the inbox does instead.
-- - A debit that does not fit, of an inbox that must be folded first, or of no account at all, is
--   not matched either: ledger_post_v1 folds, compares, or names what is wrong.
-- - An id that is there already makes the insert do nothing; the two updates are taken back and
--   the line is compared. Other content under a known id is TR003.
--
-- A credit that waited for its row is counted; ledger_note_wait_v1 turns the account's inbox on
-- when that happens again and again.
CREATE OR REPLACE FUNCTION public.ledger_transfer_v1(
    p_id uuid, p_journal uuid, p_kind text, p_debit bigint, p_credit bigint, p_amount bigint,
    p_currency text, p_ref text, p_moment timestamptz
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    v_debit_after bigint;
    v_credit_after bigint;
    v_asked_at timestamptz;
    v_waited interval;
BEGIN
    IF p_credit < p_debit THEN
        v_asked_at := clock_timestamp();
        UPDATE public.payments_ledgeraccount SET balance = balance + p_amount
         WHERE id = p_credit AND currency = p_currency AND NOT takes_inbox
        RETURNING balance INTO v_credit_after;
        v_waited := clock_timestamp() - v_asked_at;
    END IF;
    UPDATE public.payments_ledgeraccount SET balance = balance - p_amount
     WHERE id = p_debit AND currency = p_currency AND NOT takes_inbox
       AND (floor IS NULL OR balance - held - p_amount >= floor)
    RETURNING balance INTO v_debit_after;
    IF v_debit_after IS NULL THEN
        PERFORM 1 FROM public.payments_ledgeraccount
          WHERE id = p_debit AND currency = p_currency AND takes_inbox AND floor IS NULL;
        IF NOT FOUND THEN
            IF v_credit_after IS NOT NULL THEN
                UPDATE public.payments_ledgeraccount SET balance = balance - p_amount
                 WHERE id = p_credit;
            END IF;
            RETURN public.ledger_post_v1(
                ARRAY[p_id], ARRAY[p_journal], ARRAY[p_kind], ARRAY[p_debit], ARRAY[p_credit],
                ARRAY[p_amount], ARRAY[p_currency], ARRAY[p_ref], p_moment) = 1;
        END IF;
    END IF;
    IF p_debit < p_credit THEN
        v_asked_at := clock_timestamp();
        UPDATE public.payments_ledgeraccount SET balance = balance + p_amount
         WHERE id = p_credit AND currency = p_currency AND NOT takes_inbox
        RETURNING balance INTO v_credit_after;
        v_waited := clock_timestamp() - v_asked_at;
    END IF;

    INSERT INTO public.payments_ledgertransfer
           (id, journal, kind, debit_id, credit_id, amount_minor, currency, debit_after,
            credit_after, payment_ref, at)
    VALUES (p_id, p_journal, p_kind, p_debit, p_credit, p_amount, p_currency, v_debit_after,
            v_credit_after, p_ref, p_moment)
        ON CONFLICT (id) DO NOTHING;
    IF NOT FOUND THEN
        -- The locks are held in order of id by now, so taking back needs no order.
        UPDATE public.payments_ledgeraccount SET balance = balance + p_amount
         WHERE id = p_debit AND v_debit_after IS NOT NULL;
        UPDATE public.payments_ledgeraccount SET balance = balance - p_amount
         WHERE id = p_credit AND v_credit_after IS NOT NULL;
        PERFORM 1 FROM public.payments_ledgertransfer
          WHERE id = p_id AND kind = p_kind AND debit_id = p_debit AND credit_id = p_credit
            AND amount_minor = p_amount AND currency = p_currency AND payment_ref = p_ref;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'transfer % was posted with other content', p_id
                  USING ERRCODE = 'TR003';
        END IF;
        RETURN false;
    END IF;

    IF v_debit_after IS NULL THEN
        INSERT INTO public.payments_ledgerinbox (account_id, transfer_id, delta_minor)
        VALUES (p_debit, p_id, -p_amount);
    END IF;
    IF v_credit_after IS NULL THEN
        INSERT INTO public.payments_ledgerinbox (account_id, transfer_id, delta_minor)
        SELECT id, p_id, p_amount FROM public.payments_ledgeraccount
         WHERE id = p_credit AND currency = p_currency AND takes_inbox;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'no account % in %', p_credit, p_currency USING ERRCODE = 'TR002';
        END IF;
    ELSIF v_waited > interval '5 milliseconds' THEN
        PERFORM public.ledger_note_wait_v1(p_credit);
    END IF;
    RETURN true;
END
$body$;
