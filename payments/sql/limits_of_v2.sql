-- Returns the limits of some kinds of payment for a payer and a payee, as the country, the payer and
-- going-out mode set them; which of them holds is decided in ``payments.queries.limits``. A rule of
-- the party's tier stands in place of the general one of its name. What staff set for a time comes
-- along for whose limit it is, the payer of what is sent and the payee of what is received.
CREATE OR REPLACE FUNCTION public.limits_of_v2(
    p_payer bigint, p_payee bigint, p_country text, p_kinds text[], p_payer_tier text,
    p_payee_tier text
) RETURNS TABLE (
    id bigint, kind text, name text, side text, "window" text, measure text, condition text,
    value bigint, currency text, source text,
    has_own boolean, own_value bigint, raised_to bigint, raised_from timestamptz,
    late_night_from timestamptz, out_from timestamptz, out_until timestamptz,
    out_per_payment bigint, out_per_day bigint,
    decided_value bigint, decided_until timestamptz, decided_why text
)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan
AS $body$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT DISTINCT ON (rule.kind, rule.name)
           rule.id, rule.kind::text, rule.name::text, rule.side::text, rule."window"::text,
           rule.measure::text, rule.condition::text, rule.value, rule.currency::text,
           rule.source::text, own.id IS NOT NULL, own.value, own.raised_to, own.raised_from,
           chosen.late_night_from, chosen.out_from, chosen.out_until, chosen.out_per_payment,
           chosen.out_per_day, decided.value, decided.until, decided.why::text
      FROM public.payments_limitrule AS rule
      LEFT JOIN public.payments_personallimit AS own
             ON rule.side = 'sent' AND own.party_id = p_payer
            AND own.kind = rule.kind AND own.name = rule.name
      LEFT JOIN public.payments_limitdecision AS decided
             ON decided.party_id = CASE rule.side WHEN 'sent' THEN p_payer ELSE p_payee END
            AND decided.kind = rule.kind AND decided.name = rule.name
            AND decided.ended_at IS NULL
      LEFT JOIN public.payments_limitsettings AS chosen ON chosen.party_id = p_payer
     WHERE rule.country = p_country AND rule.kind = ANY (p_kinds)
       AND rule.tier IN ('', CASE rule.side WHEN 'sent' THEN p_payer_tier ELSE p_payee_tier END)
     ORDER BY rule.kind, rule.name, rule.tier DESC;
END
$body$;
