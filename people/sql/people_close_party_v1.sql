-- Closes a party, or opens it again where no moment is given. It waits for the payments to it that are
-- being accepted (people_share_open_v1); those that begin later wait for it, and read what it wrote.
CREATE OR REPLACE FUNCTION public.people_close_party_v1(p_party bigint, p_moment timestamptz)
RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    PERFORM pg_advisory_xact_lock(27760, (p_party % 2147483647)::integer);
    UPDATE public.people_party SET closed_at = p_moment WHERE id = p_party;
END
$body$;
