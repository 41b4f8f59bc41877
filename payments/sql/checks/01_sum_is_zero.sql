-- I1: all balances of a currency add up to zero
SELECT currency || ' ' || sum(balance)
  FROM (SELECT currency, balance FROM payments_ledgeraccount
        UNION ALL
        SELECT account.currency, inbox.delta_minor
          FROM payments_ledgerinbox AS inbox
          JOIN payments_ledgeraccount AS account ON account.id = inbox.account_id) AS held
 GROUP BY currency
HAVING sum(balance) <> 0
