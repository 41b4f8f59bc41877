-- Says what an account of the chart may be, when it is opened, and that it stays that.
--
-- These would be CHECKs, and each posting changes two accounts: a CHECK is read and prepared again
-- for every statement that changes a row, whatever it changes, and three of them were an eighth of
-- a posting. What is said here is about columns that never change after the account was opened.
CREATE OR REPLACE FUNCTION public.ledger_guard_account_v1() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    IF tg_op = 'UPDATE' THEN
        RAISE EXCEPTION 'an account stays what it was opened as' USING ERRCODE = 'TR001';
    END IF;
    IF NEW.currency !~ '^[A-Z]{3}$' THEN
        RAISE EXCEPTION 'no currency: %', NEW.currency
              USING ERRCODE = 'check_violation',
                    CONSTRAINT = 'payments_ledgeraccount_currency_iso4217';
    END IF;
    IF NEW.party_id IS NOT NULL AND NEW.bank <> '' THEN
        RAISE EXCEPTION 'an account of both a party and a bank'
              USING ERRCODE = 'check_violation', CONSTRAINT = 'payments_ledgeraccount_one_owner';
    END IF;
    RETURN NEW;
END
$body$;
