-- Returns the direct conversation of two parties, opening it where there is none; however many open
-- it at once, the unique pair lets one through and makes the others wait for it.
CREATE OR REPLACE FUNCTION public.messaging_open_direct_v1(
    p_one bigint, p_other bigint, p_public_id text, p_moment timestamptz
) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    v_low CONSTANT bigint := least(p_one, p_other);
    v_high CONSTANT bigint := greatest(p_one, p_other);
    v_id bigint;
BEGIN
    SELECT id INTO v_id FROM public.messaging_conversation
     WHERE kind = 'direct' AND low_party_id = v_low AND high_party_id = v_high;
    IF FOUND THEN
        RETURN v_id;
    END IF;
    INSERT INTO public.messaging_conversation
           (public_id, kind, title, low_party_id, high_party_id, last_seq, last_at, feed_xid,
            created_at)
    VALUES (p_public_id, 'direct', '', v_low, v_high, 0, p_moment, 0, p_moment)
        ON CONFLICT DO NOTHING;
    SELECT id INTO STRICT v_id FROM public.messaging_conversation
     WHERE kind = 'direct' AND low_party_id = v_low AND high_party_id = v_high;
    INSERT INTO public.messaging_member
           (conversation_id, party_id, read_seq, delivered_seq, joined_at)
    SELECT v_id, side, 0, 0, p_moment FROM unnest(ARRAY[v_low, v_high]) AS side
        ON CONFLICT DO NOTHING;
    RETURN v_id;
END
$body$;
