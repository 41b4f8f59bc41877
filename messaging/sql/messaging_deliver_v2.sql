-- Raises delivery markers between people, many in one commit, and tells each that rose.
--
-- A conversation that somebody else holds is not waited for, or whoever writes elsewhere would wait
-- with it. Its marks come back, as do those of groups and of businesses, whose news go further, and
-- those across a block, which do not rise: the ordinary service (``mark_delivered``) takes them.
--
-- Args: for each mark the conversation, the party and the number; the moment.
-- Returns: the marks that are left; whether only because their conversation was held.
CREATE OR REPLACE FUNCTION public.messaging_deliver_v2(
    p_talks bigint[], p_parties bigint[], p_seqs bigint[], p_moment timestamptz
) RETURNS TABLE (talk bigint, party bigint, is_held boolean)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $body$
DECLARE
    v_own CONSTANT bigint := pg_current_xact_id()::text::bigint;
    v_plain bigint[];
    v_locked bigint[];
BEGIN
    SELECT coalesce(array_agg(one.id), '{}') INTO v_plain
      FROM public.messaging_conversation AS one
     WHERE one.id = ANY(p_talks) AND one.kind = 'direct'
       AND NOT EXISTS (SELECT FROM public.people_party AS side
                        WHERE side.id IN (one.low_party_id, one.high_party_id)
                          AND side.kind = 'business')
       AND NOT EXISTS (SELECT FROM public.people_block AS block
                        WHERE block.blocker_id = one.low_party_id
                          AND block.blocked_id = one.high_party_id)
       AND NOT EXISTS (SELECT FROM public.people_block AS block
                        WHERE block.blocker_id = one.high_party_id
                          AND block.blocked_id = one.low_party_id);
    SELECT coalesce(array_agg(held.id), '{}') INTO v_locked FROM (
        SELECT one.id FROM public.messaging_conversation AS one WHERE one.id = ANY(v_plain)
         ORDER BY one.id FOR NO KEY UPDATE SKIP LOCKED) AS held;

    RETURN QUERY
    WITH mark AS MATERIALIZED (
        SELECT told.talk, told.party, max(told.seq) AS seq
          FROM unnest(p_talks, p_parties, p_seqs) AS told(talk, party, seq)
         GROUP BY told.talk, told.party
    ), risen AS (
        UPDATE public.messaging_member AS member
           SET delivered_seq = least(mark.seq, one.last_seq)
          FROM mark JOIN public.messaging_conversation AS one ON one.id = mark.talk
         WHERE mark.talk = ANY(v_locked)
           AND member.conversation_id = mark.talk AND member.party_id = mark.party
           AND member.delivered_seq < least(mark.seq, one.last_seq)
        RETURNING member.conversation_id, member.party_id, member.read_seq, member.delivered_seq
    ), moved AS (
        UPDATE public.messaging_conversation AS one SET feed_xid = greatest(one.feed_xid, v_own)
         WHERE one.id IN (SELECT risen.conversation_id FROM risen)
        RETURNING one.id, one.public_id, one.feed_xid
    ), told AS (
        INSERT INTO public.messaging_feedrow (conversation_id, kind, payload, xid, created_at)
        SELECT moved.id, 'receipt',
               jsonb_build_object(
                   'conversation', moved.public_id, 'party', reader.public_id,
                   'read_seq', risen.read_seq, 'delivered_seq', risen.delivered_seq),
               moved.feed_xid, p_moment
          FROM risen JOIN moved ON moved.id = risen.conversation_id
          JOIN public.people_party AS reader ON reader.id = risen.party_id
         ORDER BY moved.id, risen.party_id
    )
    SELECT mark.talk, mark.party, mark.talk = ANY(v_plain)
      FROM mark WHERE NOT mark.talk = ANY(v_locked);
END
$body$;
