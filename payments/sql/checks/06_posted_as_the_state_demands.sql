-- I4: a payment's lines are exactly those that its state demands
WITH lines AS (
    SELECT payment_ref, array_agg(kind::text ORDER BY kind) AS kinds
      FROM payments_ledgertransfer
     WHERE payment_ref IN (SELECT public_id FROM payments_payment)
     GROUP BY payment_ref
), posted AS (
    -- A payment that was given back had gone through: its return is a payment of its own.
    SELECT payment.public_id,
           CASE WHEN payment.state = 'returned' AND payment.completed_at IS NOT NULL
                THEN 'completed' ELSE payment.state END AS state,
           coalesce(lines.kinds, '{}') AS kinds,
           debit.rail = 'books' AS from_balance,
           debit.state = 'executed' AS is_collected,
           payment.fee_minor > 0 AND payment.kind = 'purchase' AS has_fee
      FROM payments_payment AS payment
      JOIN payments_leg AS debit ON debit.payment_id = payment.id AND debit.kind = 'debit'
      LEFT JOIN lines ON lines.payment_ref = payment.public_id
), demanded AS (
    SELECT posted.*,
           CASE
           WHEN state IN ('failed', 'cancelled', 'returned') AND from_balance
               THEN ARRAY['release', 'reserve']
           WHEN state = 'returned' THEN ARRAY['collect', 'return']
           WHEN state IN ('failed', 'cancelled') THEN '{}'
           WHEN state IN ('authorized', 'processing', 'unknown', 'pending_claim') AND from_balance
               THEN ARRAY['reserve']
           WHEN state IN ('processing', 'unknown', 'pending_claim') AND is_collected
               THEN ARRAY['collect']
           WHEN state IN ('authorized', 'processing', 'unknown') THEN '{}'
           WHEN state IN ('completed', 'partially_refunded', 'refunded', 'disputed') THEN
               CASE WHEN from_balance THEN '{}' ELSE ARRAY['collect'] END
               || ARRAY['deliver']
               || CASE WHEN has_fee THEN ARRAY['fee'] ELSE '{}' END
               || CASE WHEN from_balance THEN ARRAY['reserve'] ELSE '{}' END
           ELSE kinds
           END AS wanted
      FROM posted
)
SELECT public_id || ' ' || state || ' ' || kinds::text FROM demanded WHERE kinds <> wanted
