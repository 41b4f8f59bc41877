-- A request says paid by a payment exactly when a payment of it was completed
SELECT request.public_id
  FROM payments_paymentrequest AS request
  LEFT JOIN payments_payment AS payment ON payment.public_id = request.payment_ref
  LEFT JOIN payments_demand AS demand ON demand.id = payment.demand_id
 WHERE request.means = 'troco'
   AND (payment.completed_at IS NULL OR demand.reference IS DISTINCT FROM
               coalesce(nullif(request.returns_ref, ''), request.public_id)
        OR payment.amount_minor <> request.amount_minor)
UNION ALL
SELECT request.public_id
  FROM payments_payment AS payment
  JOIN payments_demand AS demand ON demand.id = payment.demand_id AND demand.kind = 'request'
  JOIN payments_paymentrequest AS request ON request.public_id = demand.reference
 WHERE payment.completed_at IS NOT NULL AND request.means <> 'troco'
