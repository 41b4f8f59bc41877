-- I4: each line of a payment has the payment's amount, or its fee
SELECT line.id
  FROM payments_ledgertransfer AS line
  JOIN payments_payment AS payment ON payment.public_id = line.payment_ref
 WHERE line.currency <> payment.currency
    OR line.amount_minor <> CASE line.kind WHEN 'fee' THEN payment.fee_minor
                                           ELSE payment.amount_minor END
