-- Ends a hold without moving anything: the amount can be spent again. Returns true when that is
-- new, false when the hold was voided before.
--
-- Errors: TR002 (no such hold), TR004 (it was captured).
CREATE OR REPLACE FUNCTION public.ledger_void_v1(p_hold uuid, p_moment timestamptz) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    v_hold public.payments_ledgerhold;
BEGIN
    SELECT * INTO v_hold FROM public.payments_ledgerhold WHERE id = p_hold;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no hold %', p_hold USING ERRCODE = 'TR002';
    END IF;
    PERFORM 1 FROM public.payments_ledgeraccount WHERE id = v_hold.account_id FOR NO KEY UPDATE;
    UPDATE public.payments_ledgerhold SET state = 'voided', closed_at = p_moment
     WHERE id = p_hold AND state = 'held';
    IF NOT FOUND THEN
        PERFORM 1 FROM public.payments_ledgerhold WHERE id = p_hold AND state = 'voided';
        IF FOUND THEN
            RETURN false;
        END IF;
        RAISE EXCEPTION 'hold % ended before', p_hold USING ERRCODE = 'TR004';
    END IF;
    UPDATE public.payments_ledgeraccount SET held = held - v_hold.amount_minor
     WHERE id = v_hold.account_id;
    RETURN true;
END
$body$;
