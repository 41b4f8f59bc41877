-- Returns the search for a text: every word, or its beginning, in one of these conversations.
-- Null where the text has no word. The words hold no quotes: they were parted at them.
CREATE FUNCTION public.messaging_query_v1(p_text text, p_talks bigint[]) RETURNS tsquery
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    v_words CONSTANT text[] := (public.messaging_words_v1(p_text))[1:12];
    v_said text;
    v_here text;
BEGIN
    SELECT string_agg('''' || word || ''':*', ' & ') INTO v_said FROM unnest(v_words) AS word;
    IF v_said IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT string_agg('''c:' || talk || '''', ' | ') INTO v_here FROM unnest(p_talks) AS talk;
    RETURN (v_said || coalesce(' & (' || v_here || ')', ''))::tsquery;
END
$body$;
