-- Gives back what a failed payment had taken from counters of limits.
--
-- The counters are locked in the order in which limits_take_v1 touches them.
CREATE OR REPLACE FUNCTION public.limits_release_v1(p_usages bigint[], p_amounts bigint[])
RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    v_count integer;
BEGIN
    PERFORM 1 FROM public.payments_limitusage WHERE id = ANY (p_usages)
      ORDER BY party_id, rule_id, window_key FOR NO KEY UPDATE;
    UPDATE public.payments_limitusage AS usage SET used = usage.used - back.amount
      FROM unnest(p_usages, p_amounts) AS back(usage, amount)
     WHERE usage.id = back.usage;
    GET DIAGNOSTICS v_count = ROW_COUNT;
    RETURN v_count;
END
$body$;
