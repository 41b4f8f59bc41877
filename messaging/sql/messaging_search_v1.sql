-- Returns what a message is found by: its words, and its conversation, so that a search in one
-- conversation meets the index with both.
CREATE FUNCTION public.messaging_search_v1(p_talk bigint, p_content jsonb) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $body$
BEGIN
    RETURN array_to_tsvector(array_append(
        public.messaging_words_v1(concat_ws(' ',
            p_content ->> 'text', p_content ->> 'caption', p_content ->> 'filename',
            p_content ->> 'name', p_content ->> 'address',
            jsonb_path_query_array(p_content, '$.contacts[*].name.formatted_name') #>> '{}')),
        'c:' || p_talk));
END
$body$;
