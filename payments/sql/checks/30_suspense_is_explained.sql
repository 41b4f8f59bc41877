-- I7: suspense is the sum of the statement lines that wait in it, and each is posted once
WITH sides AS (
    SELECT line.payment_ref AS reference, line.currency,
           CASE WHEN line.credit_id = account.id THEN line.amount_minor
                ELSE -line.amount_minor END AS delta
      FROM payments_ledgeraccount AS account
      JOIN payments_ledgertransfer AS line
        ON line.debit_id = account.id OR line.credit_id = account.id
     WHERE account.kind = 'suspense'
), posted AS (
    SELECT reference, currency, sum(delta) AS sum FROM sides GROUP BY reference, currency
), waiting AS (
    -- Of two lines that undo each other each is still posted, and together they are nothing.
    SELECT 'lin_' || id AS reference, currency,
           CASE WHEN direction = 'into' THEN amount_minor ELSE -amount_minor END AS sum
      FROM payments_statementline
     WHERE suspended_at IS NOT NULL OR resolution = 'offset'
)
SELECT coalesce(posted.reference, waiting.reference)
  FROM posted
  FULL JOIN waiting
    ON waiting.reference = posted.reference AND waiting.currency = posted.currency
 WHERE coalesce(posted.sum, 0) <> coalesce(waiting.sum, 0)
 UNION ALL
SELECT 'lin_' || line.id || ' is undone by what does not undo it'
  FROM payments_statementline AS line
  LEFT JOIN payments_statementline AS other ON other.id = line.offset_by_id
 WHERE line.resolution = 'offset'
   AND (other.id IS NULL OR other.offset_by_id <> line.id
        OR other.amount_minor <> line.amount_minor OR other.direction = line.direction)
