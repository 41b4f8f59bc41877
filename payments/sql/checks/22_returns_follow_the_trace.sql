-- A payment given back went whole to the account it came from, once, and says so
WITH back AS (
    SELECT first.id, first.public_id, first.state, first.completed_at,
           -- Once completed it went back, whatever becomes of the return: it may be disputed.
           count(given.id) FILTER (WHERE given.completed_at IS NOT NULL) AS times,
           bool_and(given.amount_minor = first.amount_minor
                    AND given.payer_id = first.payee_id AND given.payee_id = first.payer_id
                    AND (credit.rail, credit.bank, credit.account_token)
                        = (debit.rail, debit.bank, debit.account_token)) AS is_along
      FROM payments_payment AS first
      JOIN payments_demand AS demand
        ON demand.kind = 'return' AND demand.reference = first.public_id
      JOIN payments_payment AS given ON given.demand_id = demand.id
      JOIN payments_leg AS debit ON debit.payment_id = first.id AND debit.kind = 'debit'
      JOIN payments_leg AS credit ON credit.payment_id = given.id AND credit.kind = 'credit'
     GROUP BY first.id
)
SELECT public_id || ' ' || state
  FROM back
 WHERE NOT is_along OR times > 1 OR (times = 1) <> (state = 'returned')
