-- Takes a share of a party's being open until the transaction ends: whoever closes it takes it alone
-- (people_close_party_v1) and waits for the shares that are out.
--
-- It is a lock by name and not of the row: whoever writes anything about a party holds a share of its
-- row, in whatever order, and would wait in a circle with who closes it. Two parties of one name in
-- two thousand million wait for each other, and no more.
CREATE OR REPLACE FUNCTION public.people_share_open_v1(p_party bigint) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(27760, (p_party % 2147483647)::integer);
END
$body$;
