-- A leg at a bank is closed only by an answer, and as that answer says
SELECT payment.public_id || ' ' || leg.kind
  FROM payments_leg AS leg
  JOIN payments_payment AS payment ON payment.id = leg.payment_id
  LEFT JOIN payments_refund AS refund ON refund.id = leg.refund_id
  LEFT JOIN payments_attempt AS attempt ON attempt.leg_id = leg.id
 WHERE leg.rail <> 'books'
   AND (leg.state = 'executed' AND attempt.outcome IS DISTINCT FROM 'executed'
        OR leg.state = 'refused' AND coalesce(attempt.outcome, '') NOT IN ('rejected', 'not_sent')
        OR attempt.amount_minor <> coalesce(refund.amount_minor, payment.amount_minor)
        OR attempt.currency <> payment.currency)
