-- Tells the passkey that an answer claims to be of; nothing where the person has none of that id, it
-- was taken away, or it failed five times and waits for the PIN.
CREATE OR REPLACE FUNCTION public.people_passkey_facts_v1(
    p_person bigint, p_credential bytea,
    OUT passkey bigint, OUT public_key bytea, OUT sign_count bigint
)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $body$
BEGIN
    SELECT own.id, own.public_key, own.sign_count
      INTO passkey, public_key, sign_count
      FROM public.people_passkey AS own
     WHERE own.credential_id = p_credential AND own.user_id = p_person
       AND own.removed_at IS NULL AND own.failures < 5;
END
$body$;
