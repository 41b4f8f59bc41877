-- Refuses to change or remove a line of the books: a mistake is corrected by another line.
CREATE OR REPLACE FUNCTION public.ledger_refuse_change_v1() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused', tg_table_name, tg_op
          USING ERRCODE = 'TR001';
END
$body$;
