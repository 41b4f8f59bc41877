-- Accepts a passkey's answer that holds: forgives what was wrong before, keeps the sign count, and
-- writes the proof, used up at once where ``p_used_by`` says for what.
--
-- False, and nothing changed, where the passkey was taken away or its sign count is no longer the one
-- that the answer was compared with, or where the device was removed meanwhile. The device is looked
-- at by each statement's own snapshot, as of now. A proof that waits lasts two minutes.
CREATE OR REPLACE FUNCTION public.people_accept_passkey_v1(
    p_proof text, p_person bigint, p_device bigint, p_digest bytea, p_passkey bigint,
    p_old_count bigint, p_new_count bigint, p_moment timestamptz, p_used_by text
) RETURNS boolean
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $body$
BEGIN
    UPDATE public.people_passkey SET failures = 0, sign_count = p_new_count, last_used_at = p_moment
     WHERE id = p_passkey AND user_id = p_person AND sign_count = p_old_count
       AND removed_at IS NULL
       AND EXISTS (SELECT 1 FROM public.people_device
                    WHERE id = p_device AND person_id = p_person AND removed_at IS NULL);
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO public.people_proof
           (public_id, person_id, device_id, digest, method, passkey_id, made_at, expires_at,
            used_at, used_by)
    VALUES (p_proof, p_person, p_device, p_digest, 'passkey', p_passkey, p_moment,
            p_moment + interval '2 minutes',
            CASE WHEN p_used_by IS NOT NULL THEN p_moment END, p_used_by);
    RETURN true;
END
$body$;
