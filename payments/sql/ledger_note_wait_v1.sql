-- Counts that a credit had to wait for an account's row, and turns the account's inbox on when
-- sixteen waits came within ten seconds: then everybody pays this one, and an inbox lets them.
--
-- The caller holds the row already, so this waits for nobody. A transfer that was waiting for the
-- row meanwhile looks again when it gets it, finds the inbox and uses it. What was posted stays as
-- it is; the balance is exact before and after. Waits are wall-clock time: machinery, not business.
CREATE OR REPLACE FUNCTION public.ledger_note_wait_v1(p_account bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    v_now timestamptz := clock_timestamp();
BEGIN
    UPDATE public.payments_ledgeraccount
       SET waits = CASE WHEN waits_since > v_now - interval '10 seconds' THEN waits + 1 ELSE 1 END,
           waits_since = CASE WHEN waits_since > v_now - interval '10 seconds' THEN waits_since
                              ELSE v_now END,
           takes_inbox = takes_inbox OR waits >= 15 AND waits_since > v_now - interval '10 seconds'
     WHERE id = p_account;
END
$body$;
