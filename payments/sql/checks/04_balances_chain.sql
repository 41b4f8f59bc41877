-- I2: on an account without inbox each line goes on from the line before
WITH sides AS (
    SELECT debit_id AS account, seq, -amount_minor AS delta, debit_after AS after
      FROM payments_ledgertransfer
    UNION ALL
    SELECT credit_id, seq, amount_minor, credit_after FROM payments_ledgertransfer
), chain AS (
    SELECT sides.account, sides.seq, sides.delta, sides.after,
           lag(sides.after, 1, 0::bigint)
               OVER (PARTITION BY sides.account ORDER BY sides.seq) AS before
      FROM sides
      JOIN payments_ledgeraccount AS account ON account.id = sides.account
     WHERE NOT account.takes_inbox
)
SELECT account || ' at ' || seq FROM chain WHERE after IS DISTINCT FROM before + delta
