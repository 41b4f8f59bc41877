-- Uses a proof up for one thing: true for one of any number of transactions at once.
--
-- False when it is another person's, of another digest, used already, or too old.
CREATE OR REPLACE FUNCTION public.people_use_proof_v1(
    p_proof text, p_person bigint, p_digest bytea, p_used_by text, p_moment timestamptz
) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    UPDATE public.people_proof SET used_at = p_moment, used_by = p_used_by
     WHERE public_id = p_proof AND person_id = p_person AND digest = p_digest
       AND used_at IS NULL AND expires_at > p_moment;
    RETURN FOUND;
END
$body$;
