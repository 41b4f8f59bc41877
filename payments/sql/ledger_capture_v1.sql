-- Moves what a hold held, wholly or in part, to another account, and ends the hold: the rest can be
-- spent again. Returns true when that is new, false when exactly this was done before.
--
-- Locks: the accounts whose rows change, in order of id; then the hold's row by a conditional
-- update, which lets one of capture and void win.
--
-- Errors: TR002 (no such hold, or no account to move to), TR004 (the hold ended otherwise), TR005
-- (more than was held), TR003 (the transfer's id was posted with other content).
CREATE OR REPLACE FUNCTION public.ledger_capture_v1(
    p_hold uuid, p_id uuid, p_journal uuid, p_kind text, p_credit bigint, p_amount bigint,
    p_ref text, p_moment timestamptz
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    v_hold public.payments_ledgerhold;
    v_debit_after bigint;
    v_credit_after bigint;
BEGIN
    SELECT * INTO v_hold FROM public.payments_ledgerhold WHERE id = p_hold;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no hold %', p_hold USING ERRCODE = 'TR002';
    END IF;
    IF p_amount > v_hold.amount_minor THEN
        RAISE EXCEPTION 'hold % is of less than %', p_hold, p_amount USING ERRCODE = 'TR005';
    END IF;
    PERFORM 1 FROM public.payments_ledgeraccount
      WHERE id = v_hold.account_id OR id = p_credit AND NOT takes_inbox
      ORDER BY id FOR NO KEY UPDATE;
    UPDATE public.payments_ledgerhold
       SET state = 'captured', captured_minor = p_amount, closed_at = p_moment
     WHERE id = p_hold AND state = 'held';
    IF NOT FOUND THEN
        PERFORM 1 FROM public.payments_ledgertransfer
          WHERE id = p_id AND kind = p_kind AND debit_id = v_hold.account_id
            AND credit_id = p_credit AND amount_minor = p_amount
            AND currency = v_hold.currency AND payment_ref = p_ref;
        IF FOUND THEN
            RETURN false;
        END IF;
        RAISE EXCEPTION 'hold % ended before', p_hold USING ERRCODE = 'TR004';
    END IF;
    UPDATE public.payments_ledgeraccount
       SET balance = balance - p_amount, held = held - v_hold.amount_minor
     WHERE id = v_hold.account_id
    RETURNING CASE WHEN takes_inbox THEN NULL ELSE balance END INTO v_debit_after;
    UPDATE public.payments_ledgeraccount SET balance = balance + p_amount
     WHERE id = p_credit AND currency = v_hold.currency AND NOT takes_inbox
    RETURNING balance INTO v_credit_after;
    INSERT INTO public.payments_ledgertransfer
           (id, journal, kind, debit_id, credit_id, amount_minor, currency, debit_after,
            credit_after, payment_ref, at)
    VALUES (p_id, p_journal, p_kind, v_hold.account_id, p_credit, p_amount, v_hold.currency,
            v_debit_after, v_credit_after, p_ref, p_moment)
        ON CONFLICT (id) DO NOTHING;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'transfer % was posted with other content', p_id USING ERRCODE = 'TR003';
    END IF;
    IF v_credit_after IS NULL THEN
        INSERT INTO public.payments_ledgerinbox (account_id, transfer_id, delta_minor)
        SELECT id, p_id, p_amount FROM public.payments_ledgeraccount
         WHERE id = p_credit AND currency = v_hold.currency AND takes_inbox;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'no account % in %', p_credit, v_hold.currency USING ERRCODE = 'TR002';
        END IF;
    END IF;
    RETURN true;
END
$body$;
