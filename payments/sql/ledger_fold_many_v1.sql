-- Folds the inboxes of at most p_most accounts, in one pass, and returns how many had something.
--
-- The accounts are found by steps along the index, so a long inbox costs no more to find than a
-- short one; their rows are locked in order of id, as everybody does. Rows that others add
-- meanwhile wait for the next fold. Balance plus unfolded inbox is the same before, during, after.
CREATE OR REPLACE FUNCTION public.ledger_fold_many_v1(p_most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    v_accounts bigint[] := '{}';
    v_next bigint := -1;
BEGIN
    WHILE cardinality(v_accounts) < p_most LOOP
        SELECT account_id INTO v_next FROM public.payments_ledgerinbox
         WHERE account_id > v_next ORDER BY account_id LIMIT 1;
        EXIT WHEN NOT FOUND;
        v_accounts := v_accounts || v_next;
    END LOOP;
    PERFORM 1 FROM public.payments_ledgeraccount WHERE id = ANY (v_accounts) ORDER BY id
       FOR NO KEY UPDATE;
    WITH folded AS (
        DELETE FROM public.payments_ledgerinbox WHERE account_id = ANY (v_accounts)
        RETURNING account_id, delta_minor
    )
    UPDATE public.payments_ledgeraccount AS account SET balance = balance + net.delta
      FROM (SELECT account_id, sum(delta_minor)::bigint AS delta FROM folded
             GROUP BY account_id HAVING sum(delta_minor) <> 0) AS net
     WHERE account.id = net.account_id;
    RETURN cardinality(v_accounts);
END
$body$;
