-- Shows a payment in the talk of its two sides as it is now, and tells both, in one round trip.
--
-- Where a bubble of it stands already it is refreshed, wherever that is; a bubble that shows the
-- same already is left alone. Otherwise one is posted: in the named conversation where both sides
-- take part in it, else in their direct one, which is opened if need be. Each change is told to
-- the conversation, the payment's state to each side, never before the bubble's own news.
--
-- That the reference is not empty is said again, or the partial index of references could not be
-- used by a plan that is made for any reference.
--
-- Conversations are locked by ascending key, after everything else. A conversation's counter is
-- raised under its lock, so numbers have no gaps; its feed position never falls, so the feed keeps
-- the order in which the lock was held (``docs/stream.md``).
--
-- Args: the payment, payer, payee, the payer's person; the conversation named by the demand or
-- null; what the bubble shows; what the sides are told; public ids for a new message and a new
-- conversation; the moment.
CREATE OR REPLACE FUNCTION public.messaging_show_payment_v3(
    p_payment text, p_payer bigint, p_payee bigint, p_person bigint, p_talk text,
    p_content jsonb, p_news jsonb, p_message text, p_conversation text, p_moment timestamptz
) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $body$
DECLARE
    v_own CONSTANT bigint := pg_current_xact_id()::text::bigint;
    v_talk bigint;
    v_public_id text;
    v_shape jsonb;
    v_bubble bigint;
    v_seq bigint;
    v_at bigint;
    v_here bigint;
    v_shown record;
BEGIN
    -- Refresh what stands already; it is read after the locks were waited for.
    IF EXISTS (SELECT 1 FROM public.messaging_message
                WHERE kind = 'payment' AND content_ref = p_payment AND content_ref <> '') THEN
        PERFORM 1 FROM public.messaging_conversation
          WHERE id IN (SELECT conversation_id FROM public.messaging_message
                        WHERE kind = 'payment' AND content_ref = p_payment AND content_ref <> '')
          ORDER BY id FOR NO KEY UPDATE;
        FOR v_shown IN
            SELECT message.id, message.conversation_id, message.content <> p_content AS differs
              FROM public.messaging_message AS message
             WHERE message.kind = 'payment' AND message.content_ref = p_payment
               AND message.content_ref <> ''
             ORDER BY message.conversation_id, message.seq
        LOOP
            IF v_bubble IS NULL OR v_shown.id < v_bubble THEN
                v_bubble := v_shown.id;
                v_talk := v_shown.conversation_id;
            END IF;
            IF v_shown.differs THEN
                UPDATE public.messaging_message SET content = p_content, edited_at = p_moment
                 WHERE id = v_shown.id;
                UPDATE public.messaging_conversation SET feed_xid = greatest(feed_xid, v_own)
                 WHERE id = v_shown.conversation_id RETURNING feed_xid INTO v_here;
                INSERT INTO public.messaging_feedrow
                       (conversation_id, kind, payload, xid, created_at)
                VALUES (v_shown.conversation_id, 'message.updated',
                        public.messaging_shape_v1(v_shown.id), v_here, p_moment);
            END IF;
        END LOOP;
    END IF;

    -- Or post it.
    IF v_bubble IS NULL THEN
        IF p_talk IS NOT NULL THEN
            SELECT talk.id INTO v_talk FROM public.messaging_conversation AS talk
             WHERE talk.public_id = p_talk
               AND (SELECT count(*) FROM public.messaging_member AS member
                     WHERE member.conversation_id = talk.id
                       AND member.left_seq IS NULL
                       AND member.party_id IN (p_payer, p_payee)) = 2;
        END IF;
        IF v_talk IS NULL THEN
            v_talk := public.messaging_open_direct_v1(p_payer, p_payee, p_conversation, p_moment);
        END IF;
        UPDATE public.messaging_conversation
           SET last_seq = last_seq + 1, last_at = greatest(last_at, p_moment),
               feed_xid = greatest(feed_xid, v_own)
         WHERE id = v_talk RETURNING last_seq, feed_xid, public_id INTO v_seq, v_at, v_public_id;
        INSERT INTO public.messaging_message
               (public_id, conversation_id, seq, sender_id, author_id, kind, content, content_ref,
                created_at)
        VALUES (p_message, v_talk, v_seq, p_payer, p_person, 'payment', p_content, p_payment,
                p_moment);
        v_shape := jsonb_build_object(
            'id', p_message, 'conversation', v_public_id, 'seq', v_seq,
            'sender', p_content #> '{payer,party}', 'client_id', NULL, 'type', 'payment',
            'content', p_content, 'reply_to', NULL, 'edited_at', NULL,
            'created_at', to_char(p_moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'));
        -- No news to the payer, who made it; but it hides nothing unread either
        -- (``messaging/services/own_marks.py``).
        UPDATE public.messaging_member AS member
           SET own_after = CASE WHEN read_seq = v_seq - 1 THEN 0
                                WHEN own_after_seq = read_seq THEN own_after + 1 ELSE 1 END,
               own_after_seq = CASE WHEN read_seq = v_seq - 1 THEN v_seq ELSE read_seq END,
               read_seq = CASE WHEN read_seq = v_seq - 1 THEN v_seq ELSE read_seq END,
               delivered_seq = CASE WHEN read_seq = v_seq - 1 THEN v_seq ELSE delivered_seq END
         WHERE conversation_id = v_talk AND party_id = p_payer;
    END IF;

    -- Tell the talk of a new bubble, and both sides, at the place of the bubble.
    IF v_at IS NULL THEN
        UPDATE public.messaging_conversation SET feed_xid = greatest(feed_xid, v_own)
         WHERE id = v_talk RETURNING feed_xid INTO v_at;
    END IF;
    INSERT INTO public.messaging_feedrow
           (conversation_id, party_id, kind, payload, xid, created_at)
    SELECT told.talk, told.party, told.kind, told.payload, told.at, p_moment
      FROM (VALUES (1, v_talk, NULL::bigint, 'message.created', v_shape, v_at),
                   (2, NULL::bigint, least(p_payer, p_payee), 'payment', p_news, greatest(v_own, v_at)),
                   (3, NULL::bigint, greatest(p_payer, p_payee), 'payment', p_news, greatest(v_own, v_at)))
           AS told(place, talk, party, kind, payload, at)
     WHERE told.payload IS NOT NULL
     ORDER BY told.place;
END
$body$;
