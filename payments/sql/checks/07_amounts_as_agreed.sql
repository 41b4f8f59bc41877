-- I4: each line of a payment has its amount, or its fee, and lies on its two sides' accounts
SELECT line.id
  FROM payments_ledgertransfer AS line
  JOIN payments_payment AS payment ON payment.public_id = line.payment_ref
  JOIN payments_ledgeraccount AS debit ON debit.id = line.debit_id
  JOIN payments_ledgeraccount AS credit ON credit.id = line.credit_id
 WHERE line.currency <> payment.currency
    OR line.amount_minor <> CASE line.kind WHEN 'fee' THEN payment.fee_minor
                                           ELSE payment.amount_minor END
    OR NOT CASE line.kind
           WHEN 'collect' THEN debit.kind = 'bank_clearing'
                               AND (credit.kind, credit.party_id) = ('in_flight', payment.payer_id)
           WHEN 'reserve' THEN (debit.kind, debit.party_id) = ('balance', payment.payer_id)
                               AND (credit.kind, credit.party_id) = ('in_flight', payment.payer_id)
           WHEN 'deliver' THEN (debit.kind, debit.party_id) = ('in_flight', payment.payer_id)
                               AND (credit.kind = 'bank_clearing'
                                    OR credit.kind IN ('balance', 'payable')
                                       AND credit.party_id = payment.payee_id)
           WHEN 'fee' THEN (debit.kind, debit.party_id) = ('payable', payment.payee_id)
                           AND credit.kind = 'fee_income'
           WHEN 'return' THEN (debit.kind, debit.party_id) = ('in_flight', payment.payer_id)
                              AND credit.kind = 'bank_clearing'
           WHEN 'release' THEN (debit.kind, debit.party_id) = ('in_flight', payment.payer_id)
                               AND (credit.kind, credit.party_id) = ('balance', payment.payer_id)
           ELSE true
           END
