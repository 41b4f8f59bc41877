-- I6: states follow the table of moves without gaps, and the newest is the payment's own
WITH steps AS (
    SELECT payment_id, position, to_state, most_recent,
           coalesce(lag(to_state) OVER (PARTITION BY payment_id ORDER BY position), '')
               = from_state
           AND from_state || '>' || to_state = ANY (%(moves)s) AS is_legal
      FROM payments_paymentmove
), history AS (
    SELECT payment_id, count(*) AS moves, max(position) AS last, bool_and(is_legal) AS is_legal,
           count(*) FILTER (WHERE most_recent) AS newest,
           max(to_state) FILTER (WHERE most_recent) AS state
      FROM steps
     GROUP BY payment_id
)
SELECT payment.public_id
  FROM payments_payment AS payment
  LEFT JOIN history ON history.payment_id = payment.id
 WHERE history.payment_id IS NULL
    OR history.last <> history.moves
    OR history.newest <> 1
    OR history.state IS DISTINCT FROM payment.state
    OR NOT history.is_legal
