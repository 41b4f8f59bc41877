-- I2: balance and unfolded inbox of an account are the sum of its transfers
WITH lines AS (
    SELECT account, sum(delta) AS sum
      FROM (SELECT debit_id AS account, -amount_minor AS delta FROM payments_ledgertransfer
            UNION ALL
            SELECT credit_id, amount_minor FROM payments_ledgertransfer) AS sides
     GROUP BY account
), inbox AS (
    SELECT account_id, sum(delta_minor) AS sum FROM payments_ledgerinbox GROUP BY account_id
)
SELECT account.kind || ' ' || account.id
  FROM payments_ledgeraccount AS account
  LEFT JOIN lines ON lines.account = account.id
  LEFT JOIN inbox ON inbox.account_id = account.id
 WHERE account.balance + coalesce(inbox.sum, 0) <> coalesce(lines.sum, 0)
