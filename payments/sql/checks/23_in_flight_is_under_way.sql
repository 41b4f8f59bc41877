-- I7: nothing of a payment that is over is still in flight
WITH flight AS (
    SELECT payment_ref, sum(delta) AS sum
      FROM (SELECT line.payment_ref, -line.amount_minor AS delta
              FROM payments_ledgertransfer AS line
              JOIN payments_ledgeraccount AS account
                ON account.id = line.debit_id AND account.kind = 'in_flight'
            UNION ALL
            SELECT line.payment_ref, line.amount_minor
              FROM payments_ledgertransfer AS line
              JOIN payments_ledgeraccount AS account
                ON account.id = line.credit_id AND account.kind = 'in_flight') AS sides
     GROUP BY payment_ref
    HAVING sum(delta) <> 0
)
SELECT payment.public_id || ' ' || flight.sum
  FROM flight
  JOIN payments_payment AS payment ON payment.public_id = flight.payment_ref
 WHERE payment.state NOT IN ('authorized', 'processing', 'unknown', 'pending_claim')
