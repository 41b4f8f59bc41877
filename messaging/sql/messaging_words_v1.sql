-- Returns the words of a text as search compares them: without case, accents, look-alike forms and
-- invisible joints, in every script, each cut at 64 letters.
--
-- The server's own parsers cut Bengali words at their vowel signs in some locales; this one parts
-- at spaces and punctuation only, so it finds the same on every machine.
CREATE FUNCTION public.messaging_words_v1(p_text text) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    v_plain text := regexp_replace(normalize(coalesce(p_text, ''), NFKD),
                                   '[\u0300-\u036f\u00ad\u200b-\u200f\u2060\ufe00-\ufe0f\ufeff]', '', 'g');
BEGIN
    RETURN (
        SELECT coalesce(array_agg(left(found.word, 64)), '{}')
          FROM regexp_split_to_table(
                   lower(v_plain),
                   '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u0964\u0965\u2000-\u206f\u3000-\u303f]+'
               ) AS found(word)
         WHERE found.word <> '');
END
$body$;
