-- Holds an amount of an account: it stays in the balance and can no longer be spent. Returns true
-- when the hold is new, false when it was there already.
--
-- The account's row is locked first, as everywhere, and its inbox folded, because only the full
-- sum can say whether the floor holds beneath what is held; the CHECK has the last word.
--
-- Errors: 23514 on payments_ledgeraccount_floor_holds (less is available), TR002 (no such account
-- in that currency), TR003 (the id was used for another hold).
CREATE OR REPLACE FUNCTION public.ledger_hold_v1(
    p_id uuid, p_account bigint, p_amount bigint, p_currency text, p_ref text, p_moment timestamptz
) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    v_takes_inbox boolean;
BEGIN
    SELECT takes_inbox INTO v_takes_inbox FROM public.payments_ledgeraccount
     WHERE id = p_account AND currency = p_currency FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no account % in %', p_account, p_currency USING ERRCODE = 'TR002';
    END IF;
    INSERT INTO public.payments_ledgerhold
           (id, account_id, amount_minor, currency, state, captured_minor, payment_ref, at)
    VALUES (p_id, p_account, p_amount, p_currency, 'held', 0, p_ref, p_moment)
        ON CONFLICT (id) DO NOTHING;
    IF NOT FOUND THEN
        PERFORM 1 FROM public.payments_ledgerhold
          WHERE id = p_id AND account_id = p_account AND amount_minor = p_amount
            AND currency = p_currency AND payment_ref = p_ref;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'hold % was made with other content', p_id USING ERRCODE = 'TR003';
        END IF;
        RETURN false;
    END IF;
    IF v_takes_inbox THEN
        PERFORM public.ledger_fold_v1(p_account);
    END IF;
    UPDATE public.payments_ledgeraccount SET held = held + p_amount WHERE id = p_account;
    RETURN true;
END
$body$;
