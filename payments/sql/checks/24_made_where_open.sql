-- I16: each payment was made while its kind was open in its country
WITH spans AS (
    SELECT country.iso2, capability.capability, move.to_state, move.at AS since,
           lead(move.at) OVER (PARTITION BY capability.id ORDER BY move.id) AS until
      FROM payments_capabilitymove AS move
      JOIN payments_countrycapability AS capability ON capability.id = move.capability_id
      JOIN payments_country AS country ON country.id = capability.country_id
)
SELECT payment.public_id
  FROM payments_payment AS payment
 WHERE payment.kind IN ('person_to_person', 'purchase')
   AND NOT EXISTS (SELECT 1 FROM spans
                    WHERE spans.iso2 = payment.country AND spans.capability = payment.kind
                      AND spans.to_state IN ('open', 'degraded')
                      AND spans.since <= payment.created_at
                      AND (spans.until IS NULL OR spans.until >= payment.created_at))
