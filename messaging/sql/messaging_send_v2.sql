-- Stores what several people say, in one commit, and returns a row for each message it stored.
--
-- What it does not store, for whatever reason, has no row, and stores nothing: the ordinary door
-- (``send_message``) is asked next and says why. So one bad message never fails the others, and
-- there is one place that words refusals. It leaves alone what needs more than these tables: a
-- ``client_id`` that was used before, a business (whose news go further).
--
-- A conversation that somebody else holds is not waited for, or everybody would wait: its messages
-- come back without a number, and may be brought again a moment later. The conversations that are
-- held are locked by ascending key; the numbers are raised under that lock, so they have no gaps,
-- and news take the conversation's place in the feed, which never falls (``docs/stream.md``).
--
-- Every table is looked into by the one index that a subquery's condition can use (``OFFSET 0`` keeps
-- it a subquery): a plan made while there were few messages, which a connection keeps, would
-- otherwise read all of a conversation, or all there are, for each one that is stored.
--
-- Args: for each message the digest of its sender's token, the conversation, the sender's own id,
-- the kind, the content, the public id of the message that it replies to or null, and a public id;
-- the moment; when a device must have been seen to count as seen lately.
-- Returns: the message's place in the arrays; its number, or null; its sender's public id; its
-- moment; whether the device was not seen lately.
CREATE OR REPLACE FUNCTION public.messaging_send_v2(
    p_tokens bytea[], p_talks text[], p_client_ids text[], p_kinds text[], p_contents text[],
    p_replies text[], p_ids text[], p_moment timestamptz, p_seen_before timestamptz
) RETURNS TABLE (place bigint, number bigint, sender text, said_at timestamptz, is_unseen boolean)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $body$
DECLARE
    v_own CONSTANT bigint := pg_current_xact_id()::text::bigint;
    v_held bigint[];
BEGIN
    SELECT array_agg(held.id) INTO v_held FROM (
        SELECT talk.id FROM public.messaging_conversation AS talk
         WHERE talk.id IN (
             SELECT member.conversation_id
               FROM unnest(p_tokens, p_talks) AS said(token, talk)
              CROSS JOIN LATERAL (SELECT one.person_id FROM public.people_device AS one
                                   WHERE one.token_hash = said.token OFFSET 0) AS device
              CROSS JOIN LATERAL (SELECT one.party_id FROM public.people_person AS one
                                   WHERE one.id = device.person_id OFFSET 0) AS person
              CROSS JOIN LATERAL (SELECT one.id FROM public.messaging_conversation AS one
                                   WHERE one.public_id = said.talk OFFSET 0) AS named
              CROSS JOIN LATERAL (SELECT one.conversation_id FROM public.messaging_member AS one
                                   WHERE one.conversation_id = named.id
                                     AND one.party_id = person.party_id OFFSET 0) AS member)
         ORDER BY talk.id FOR NO KEY UPDATE SKIP LOCKED) AS held;

    RETURN QUERY
    WITH said AS MATERIALIZED (
        SELECT said.place, said.client_id, said.kind, said.content::jsonb AS content, said.reply,
               said.public_id, party.id AS party, party.public_id AS sender, person.id AS author,
               talk.id AS talk, talk.public_id AS talk_id, earlier.id AS reply_key,
               talk.id = ANY(v_held) AS is_held,
               device.last_seen_at <= p_seen_before AS is_unseen,
               row_number() OVER (PARTITION BY party.id, said.client_id ORDER BY said.place) AS turn
          FROM unnest(p_tokens, p_talks, p_client_ids, p_kinds, p_contents, p_replies, p_ids)
               WITH ORDINALITY
               AS said(token, talk, client_id, kind, content, reply, public_id, place)
         CROSS JOIN LATERAL (
               SELECT one.person_id, one.last_seen_at FROM public.people_device AS one
                WHERE one.token_hash = said.token AND one.removed_at IS NULL OFFSET 0) AS device
         CROSS JOIN LATERAL (
               SELECT one.id, one.party_id FROM public.people_person AS one
                WHERE one.id = device.person_id AND one.is_active OFFSET 0) AS person
         CROSS JOIN LATERAL (
               SELECT one.id, one.public_id FROM public.people_party AS one
                WHERE one.id = person.party_id OFFSET 0) AS party
         CROSS JOIN LATERAL (
               SELECT one.id, one.public_id, one.low_party_id, one.high_party_id
                 FROM public.messaging_conversation AS one
                WHERE one.public_id = said.talk AND NOT one.has_business OFFSET 0) AS talk
         CROSS JOIN LATERAL (
               SELECT one.joined_seq FROM public.messaging_member AS one
                WHERE one.conversation_id = talk.id AND one.party_id = party.id
                  AND one.left_seq IS NULL OFFSET 0) AS member
          LEFT JOIN LATERAL (
               SELECT one.id, one.conversation_id, one.seq FROM public.messaging_message AS one
                WHERE one.public_id = said.reply OFFSET 0) AS earlier
            ON earlier.conversation_id = talk.id AND earlier.seq > member.joined_seq
         WHERE (said.reply IS NULL OR earlier.id IS NOT NULL)
           AND NOT EXISTS (SELECT FROM public.messaging_message AS stored
                            WHERE stored.sender_id = party.id AND stored.client_id = said.client_id
                           OFFSET 0)
           AND NOT EXISTS (SELECT FROM public.people_block AS block
                            WHERE block.blocker_id = talk.low_party_id
                              AND block.blocked_id = talk.high_party_id OFFSET 0)
           AND NOT EXISTS (SELECT FROM public.people_block AS block
                            WHERE block.blocker_id = talk.high_party_id
                              AND block.blocked_id = talk.low_party_id OFFSET 0)
           AND NOT EXISTS (SELECT FROM public.people_party AS side
                            WHERE side.id IN (talk.low_party_id, talk.high_party_id)
                              AND side.kind = 'business' OFFSET 0)
    ), fit AS (
        SELECT said.*, row_number() OVER (PARTITION BY said.talk ORDER BY said.place) AS rank
          FROM said WHERE said.is_held AND said.turn = 1
    ), counted AS (
        UPDATE public.messaging_conversation AS talk
           SET last_seq = talk.last_seq + new.many, last_at = greatest(talk.last_at, p_moment),
               feed_xid = greatest(talk.feed_xid, v_own)
          FROM (SELECT fit.talk, count(*) AS many FROM fit GROUP BY fit.talk) AS new
         WHERE talk.id = new.talk
        RETURNING talk.id, talk.last_seq - new.many AS before, talk.feed_xid
    ), placed AS MATERIALIZED (
        SELECT fit.*, counted.before + fit.rank AS seq, counted.feed_xid
          FROM fit JOIN counted ON counted.id = fit.talk
    ), written AS (
        INSERT INTO public.messaging_message
               (public_id, conversation_id, seq, sender_id, author_id, client_id, kind, content,
                content_ref, reply_to_id, created_at)
        SELECT placed.public_id, placed.talk, placed.seq, placed.party, placed.author,
               placed.client_id, placed.kind, placed.content, '', placed.reply_key, p_moment
          FROM placed ORDER BY placed.party, placed.client_id
    ), told AS (
        INSERT INTO public.messaging_feedrow (conversation_id, kind, payload, xid, created_at)
        SELECT placed.talk, 'message.created',
               jsonb_build_object(
                   'id', placed.public_id, 'conversation', placed.talk_id, 'seq', placed.seq,
                   'sender', placed.sender, 'client_id', placed.client_id, 'type', placed.kind,
                   'content', placed.content, 'reply_to', placed.reply, 'edited_at', NULL,
                   'created_at',
                   to_char(p_moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')),
               placed.feed_xid, p_moment
          FROM placed ORDER BY placed.talk, placed.seq
    ), marked AS (
        UPDATE public.messaging_member AS member
           SET read_seq = own.seq, delivered_seq = own.seq
          FROM (SELECT placed.talk, placed.party, max(placed.seq) AS seq FROM placed
                 GROUP BY placed.talk, placed.party) AS own
         WHERE member.conversation_id = own.talk AND member.party_id = own.party
    )
    SELECT said.place, placed.seq, said.sender::text, p_moment, said.is_unseen
      FROM said LEFT JOIN placed ON placed.place = said.place
     WHERE placed.seq IS NOT NULL OR NOT coalesce(said.is_held, false);
END
$body$;
