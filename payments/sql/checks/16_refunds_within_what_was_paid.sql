-- I5: refunds that stand are counted in their payment, of a completed purchase, with its fee
SELECT payment.public_id
  FROM payments_payment AS payment
  LEFT JOIN (
        SELECT payment_id,
               sum(amount_minor) FILTER (WHERE state = 'completed') AS done,
               sum(amount_minor) FILTER (WHERE state <> 'completed') AS going,
               sum(fee_minor) AS fee
          FROM payments_refund
         WHERE state NOT IN ('failed', 'declined')
         GROUP BY payment_id
       ) AS counted ON counted.payment_id = payment.id
 WHERE payment.refunded_minor <> coalesce(counted.done, 0)
    OR payment.refunding_minor <> coalesce(counted.going, 0)
    OR payment.fee_refunded_minor <> coalesce(counted.fee, 0)
    OR payment.refunded_minor + payment.refunding_minor > payment.amount_minor
    OR (counted.payment_id IS NOT NULL
        AND payment.state NOT IN ('completed', 'partially_refunded', 'refunded', 'disputed'))
    OR (payment.state = 'refunded') <> (payment.refunded_minor = payment.amount_minor)
    OR (payment.refunded_minor > 0 AND payment.state = 'completed')
