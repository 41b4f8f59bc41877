-- Adds to counters of limits, unless one would pass its limit.
--
-- Five arrays of one length. Each counter is added to by one conditional statement, so parallel
-- payments cannot pass a limit together; counters are touched in one order (party, rule, window),
-- so they cannot wait for each other for ever. Returns the counters' ids in the order given, or,
-- as the only element, minus the id of the rule that refused; then the caller rolls back.
CREATE OR REPLACE FUNCTION public.limits_take_v1(
    p_parties bigint[], p_rules bigint[], p_windows text[], p_amounts bigint[], p_limits bigint[]
) RETURNS bigint[]
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    v_ids bigint[] := array_fill(NULL::bigint, ARRAY[cardinality(p_rules)]);
    v_id bigint;
    v_wanted record;
BEGIN
    FOR v_wanted IN
        SELECT * FROM unnest(p_parties, p_rules, p_windows, p_amounts, p_limits)
               WITH ORDINALITY AS wanted(party, rule, win, amount, cap, place)
         ORDER BY party, rule, win
    LOOP
        IF v_wanted.amount > v_wanted.cap THEN
            RETURN ARRAY[-v_wanted.rule];
        END IF;
        INSERT INTO public.payments_limitusage AS usage (party_id, rule_id, window_key, used)
        VALUES (v_wanted.party, v_wanted.rule, v_wanted.win, v_wanted.amount)
            ON CONFLICT (party_id, rule_id, window_key) DO UPDATE
           SET used = usage.used + excluded.used
         WHERE usage.used + excluded.used <= v_wanted.cap
        RETURNING usage.id INTO v_id;
        IF NOT FOUND THEN
            RETURN ARRAY[-v_wanted.rule];
        END IF;
        v_ids[v_wanted.place] := v_id;
    END LOOP;
    RETURN v_ids;
END
$body$;
