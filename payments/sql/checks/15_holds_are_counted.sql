-- I3: what an account holds back is the sum of its open holds
WITH holds AS (
    SELECT account_id, sum(amount_minor) AS sum
      FROM payments_ledgerhold
     WHERE state = 'held'
     GROUP BY account_id
)
SELECT account.kind || ' ' || account.id
  FROM payments_ledgeraccount AS account
  LEFT JOIN holds ON holds.account_id = account.id
 WHERE account.held <> coalesce(holds.sum, 0)
