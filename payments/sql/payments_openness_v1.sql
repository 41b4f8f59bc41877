-- Tells, as JSON, what payments_capability_facts_v2 tells in rows, for one capability of a country:
-- the facts of the availability rule; null when the country is not known. Every payment asks, so it
-- is one statement whose plan is kept. It locks nothing.
CREATE OR REPLACE FUNCTION public.payments_openness_v1(
    p_country text, p_capability text, p_moment timestamptz
) RETURNS json
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $body$
BEGIN
    RETURN (
        SELECT json_build_object(
                   'id', capability.id, 'country_id', country.id, 'iso2', country.iso2,
                   'country_name', country.name, 'currency', country.currency,
                   'timezone', country.timezone, 'holds_funds', country.holds_funds,
                   'capability', p_capability, 'state', capability.state,
                   'since_at', capability.since_at, 'checked_at', country.checked_at,
                   'enrolled_count', country.enrolled_count,
                   'min_live_banks', country.min_live_banks,
                   'signed_banks', banks.signed, 'healthy_banks', banks.healthy,
                   'has_limits', EXISTS (
                       SELECT FROM public.payments_limitrule AS limits
                        WHERE limits.country = country.iso2 AND limits.kind = p_capability),
                   'clearances', (
                       SELECT coalesce(json_agg(json_build_array(
                                  clearance.instrument, clearance.valid_from_date,
                                  clearance.valid_to_date, clearance.notified_date,
                                  clearance.notice_days, clearance.max_users)
                                  ORDER BY clearance.id), '[]')
                         FROM public.payments_regulatorclearance AS clearance
                        WHERE clearance.country_id = country.id
                          AND clearance.capability IN ('', p_capability)),
                   'holds', (
                       SELECT coalesce(json_agg(json_build_array(
                                  standing.public_id, standing.level, standing.legal_reference,
                                  standing.imposed_at, standing.capability)
                                  ORDER BY standing.id), '[]')
                         FROM public.payments_regulatorhold AS standing
                        WHERE standing.country_id = country.id AND standing.lifted_at IS NULL
                          AND standing.bank_id IS NULL AND standing.party_id IS NULL
                          AND (standing.starts_at IS NULL OR standing.starts_at <= p_moment)
                          AND standing.capability IN ('', p_capability)))
          FROM public.payments_country AS country
          LEFT JOIN public.payments_countrycapability AS capability
                 ON capability.country_id = country.id AND capability.capability = p_capability
         CROSS JOIN LATERAL (
               SELECT count(*) AS signed, count(*) FILTER (WHERE health.is_healthy) AS healthy
                 FROM public.payments_bank AS bank
                 JOIN public.payments_bankagreement AS agreement
                   ON agreement.bank_id = bank.id AND agreement.state = 'live'
                 LEFT JOIN public.payments_connectorhealth AS health ON health.bank_id = bank.id
                WHERE bank.country_id = country.id
                  AND p_capability = ANY (agreement.capabilities)
                  AND (p_moment AT TIME ZONE country.timezone)::date >= agreement.valid_from_date
                  AND (agreement.valid_to_date IS NULL
                       OR (p_moment AT TIME ZONE country.timezone)::date
                          <= agreement.valid_to_date)
               ) AS banks
         WHERE country.iso2 = p_country);
END
$body$;
