-- I2: a mark of an account is the sum of its lines before the mark's moment, and says how far they reach
WITH told AS (
    SELECT account_id, until AS at, false AS is_line, NULL::bigint AS seq, 0::bigint AS delta,
           sum_minor, first_seq, last_seq
      FROM payments_ledgermark
     UNION ALL
    SELECT credit_id, at, true, seq, amount_minor, NULL, NULL, NULL
      FROM payments_ledgertransfer
     WHERE credit_id IN (SELECT account_id FROM payments_ledgermark)
     UNION ALL
    SELECT debit_id, at, true, seq, -amount_minor, NULL, NULL, NULL
      FROM payments_ledgertransfer
     WHERE debit_id IN (SELECT account_id FROM payments_ledgermark)
), run AS (
    SELECT told.*,
           sum(delta) OVER upwards AS sum,
           max(seq) OVER upwards AS reaches,
           min(seq) OVER downwards AS following
      FROM told
    WINDOW upwards AS (PARTITION BY account_id ORDER BY at, is_line ROWS UNBOUNDED PRECEDING),
           downwards AS (PARTITION BY account_id ORDER BY at DESC, is_line DESC
                         ROWS UNBOUNDED PRECEDING)
)
SELECT account_id || ' until ' || at
  FROM run
 WHERE NOT is_line AND (sum <> sum_minor OR reaches > last_seq OR following < first_seq)
