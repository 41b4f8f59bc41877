-- I1: both sides of a transfer exist, in its currency
SELECT line.id
  FROM payments_ledgertransfer AS line
  LEFT JOIN payments_ledgeraccount AS debit ON debit.id = line.debit_id
  LEFT JOIN payments_ledgeraccount AS credit ON credit.id = line.credit_id
 WHERE debit.currency IS DISTINCT FROM line.currency
    OR credit.currency IS DISTINCT FROM line.currency
