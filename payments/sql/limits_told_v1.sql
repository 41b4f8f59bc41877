-- Tells, as JSON, the limits of some kinds of payment for a payer and a payee; which of them holds
-- is decided in ``payments.queries.limits``. A rule of the party's tier stands in place of the
-- general one of its name.
--
-- Every payment asks. Where the payer chose nothing and nothing was decided about either, as mostly,
-- a rule is told without what that would be; otherwise it is told as limits_of_v2 does.
CREATE OR REPLACE FUNCTION public.limits_told_v1(
    p_payer bigint, p_payee bigint, p_country text, p_kinds text[], p_payer_tier text,
    p_payee_tier text
) RETURNS json
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $body$
BEGIN
    IF EXISTS (SELECT FROM public.payments_limitsettings WHERE party_id = p_payer)
       OR EXISTS (SELECT FROM public.payments_personallimit WHERE party_id = p_payer)
       OR EXISTS (SELECT FROM public.payments_limitdecision
                   WHERE party_id IN (p_payer, p_payee) AND ended_at IS NULL) THEN
        RETURN (
            SELECT json_agg(row_to_json(rule))
              FROM public.limits_of_v2(
                       p_payer, p_payee, p_country, p_kinds, p_payer_tier, p_payee_tier) AS rule);
    END IF;
    RETURN (
        SELECT json_agg(row_to_json(told))
          FROM (SELECT DISTINCT ON (rule.kind, rule.name)
                       rule.id, rule.kind, rule.name, rule.side, rule."window", rule.measure,
                       rule.condition, rule.value, rule.currency, rule.source
                  FROM public.payments_limitrule AS rule
                 WHERE rule.country = p_country AND rule.kind = ANY (p_kinds)
                   AND rule.tier IN ('', CASE rule.side WHEN 'sent' THEN p_payer_tier
                                                        ELSE p_payee_tier END)
                 ORDER BY rule.kind, rule.name, rule.tier DESC) AS told);
END
$body$;
