-- Folds the inbox of one busy account into its balance and returns by how much that changed it.
--
-- The account's row is locked first, so one folder works at a time; rows that others add meanwhile
-- are not seen by the DELETE and wait for the next fold. Balance plus unfolded inbox is the same
-- number before, during and after.
CREATE OR REPLACE FUNCTION public.ledger_fold_v1(p_account bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    v_sum bigint;
BEGIN
    PERFORM 1 FROM public.payments_ledgeraccount WHERE id = p_account FOR NO KEY UPDATE;
    WITH folded AS (
        DELETE FROM public.payments_ledgerinbox WHERE account_id = p_account
        RETURNING delta_minor
    )
    SELECT coalesce(sum(delta_minor), 0)::bigint INTO v_sum FROM folded;
    IF v_sum <> 0 THEN
        UPDATE public.payments_ledgeraccount SET balance = balance + v_sum WHERE id = p_account;
    END IF;
    RETURN v_sum;
END
$body$;
