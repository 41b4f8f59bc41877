-- Gathers the facts of the availability rule for some capabilities of a country, in the order
-- asked; none when the country is not known. A payment pays for this, so it is one statement whose
-- plan is kept. It locks nothing.
CREATE OR REPLACE FUNCTION public.payments_capability_facts_v2(
    p_country text, p_capabilities text[], p_moment timestamptz
) RETURNS TABLE (
    id bigint, country_id bigint, iso2 text, country_name text, currency text, timezone text,
    holds_funds boolean, capability text, state text, since_at timestamptz, checked_at timestamptz,
    enrolled_count integer, min_live_banks integer, signed_banks bigint, healthy_banks bigint,
    has_limits boolean, clearances jsonb, holds jsonb
)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
AS $body$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT capability.id, country.id, country.iso2::text, country.name::text,
           country.currency::text, country.timezone::text, country.holds_funds,
           wanted.code, capability.state::text, capability.since_at,
           country.checked_at, country.enrolled_count::integer,
           country.min_live_banks::integer, banks.signed, banks.healthy,
           EXISTS (SELECT 1 FROM public.payments_limitrule AS limits
                    WHERE limits.country = country.iso2 AND limits.kind = wanted.code),
           (SELECT coalesce(jsonb_agg(jsonb_build_array(
                       clearance.instrument, clearance.valid_from_date, clearance.valid_to_date,
                       clearance.notified_date, clearance.notice_days, clearance.max_users)
                       ORDER BY clearance.id), '[]')
              FROM public.payments_regulatorclearance AS clearance
             WHERE clearance.country_id = country.id
               AND clearance.capability IN ('', wanted.code)),
           (SELECT coalesce(jsonb_agg(jsonb_build_array(
                       standing.public_id, standing.level, standing.legal_reference,
                       standing.imposed_at, standing.capability) ORDER BY standing.id), '[]')
              FROM public.payments_regulatorhold AS standing
             WHERE standing.country_id = country.id AND standing.lifted_at IS NULL
               AND standing.bank_id IS NULL AND standing.party_id IS NULL
               AND (standing.starts_at IS NULL OR standing.starts_at <= p_moment)
               AND standing.capability IN ('', wanted.code))
      FROM public.payments_country AS country
     CROSS JOIN LATERAL (
           SELECT (p_moment AT TIME ZONE country.timezone)::date AS date) AS today
     CROSS JOIN unnest(p_capabilities) WITH ORDINALITY AS wanted(code, place)
     CROSS JOIN LATERAL (
           SELECT count(DISTINCT bank.id) AS signed,
                  count(DISTINCT bank.id) FILTER (WHERE health.is_healthy) AS healthy
             FROM public.payments_bankagreement AS agreement
             JOIN public.payments_bank AS bank ON bank.id = agreement.bank_id
             LEFT JOIN public.payments_connectorhealth AS health ON health.bank_id = bank.id
            WHERE bank.country_id = country.id AND agreement.state = 'live'
              AND wanted.code = ANY (agreement.capabilities)
              AND agreement.valid_from_date <= today.date
              AND (agreement.valid_to_date IS NULL OR agreement.valid_to_date >= today.date)
           ) AS banks
      LEFT JOIN public.payments_countrycapability AS capability
             ON capability.country_id = country.id AND capability.capability = wanted.code
     WHERE country.iso2 = p_country
     ORDER BY wanted.place;
END
$body$;
