-- Takes the turn of an idempotency key for this session, and tells what the key has answered before.
--
-- The mark of what is being done is set before the turn is asked for, so whoever holds the turn has
-- its mark; a shared lock never waits for another. The answer is read by a statement that begins
-- when the turn is held, so it shows what was committed by whoever held it before. Where the turn
-- is another's, ``taken`` is false and the mark is set all the same: the caller takes it back.
CREATE OR REPLACE FUNCTION public.core_take_key_v1(
    p_turn bigint, p_mark bigint, p_party bigint, p_key text,
    OUT taken boolean, OUT kept_digest bytea, OUT kept_status smallint, OUT kept_body text
)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $body$
BEGIN
    PERFORM pg_advisory_lock_shared(p_mark);
    taken := pg_try_advisory_lock(p_turn);
    IF taken THEN
        SELECT answer.digest, answer.http_status, answer.body::text
          INTO kept_digest, kept_status, kept_body
          FROM public.core_keptanswer AS answer
         WHERE answer.party_id = p_party AND answer.key = p_key;
    END IF;
END
$body$;
