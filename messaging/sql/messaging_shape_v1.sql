-- Returns a message as it stands in answers and in the feed: what ``message_shape`` returns.
CREATE OR REPLACE FUNCTION public.messaging_shape_v1(p_message bigint) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    v_form CONSTANT text := 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"';
BEGIN
    RETURN (
        SELECT jsonb_build_object(
                   'id', message.public_id, 'conversation', talk.public_id, 'seq', message.seq,
                   'sender', sender.public_id, 'client_id', message.client_id,
                   'type', message.kind, 'content', message.content,
                   'reply_to', (SELECT earlier.public_id FROM public.messaging_message AS earlier
                                 WHERE earlier.id = message.reply_to_id),
                   'created_at', to_char(message.created_at AT TIME ZONE 'UTC', v_form),
                   'edited_at', to_char(message.edited_at AT TIME ZONE 'UTC', v_form))
          FROM public.messaging_message AS message
          JOIN public.messaging_conversation AS talk ON talk.id = message.conversation_id
          JOIN public.people_party AS sender ON sender.id = message.sender_id
         WHERE message.id = p_message);
END
$body$;
