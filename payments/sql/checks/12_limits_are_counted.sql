-- I16: each counter of a limit is the sum of what the payments that stand took of it
WITH taken AS (
    SELECT (pair.value ->> 0)::bigint AS usage, sum((pair.value ->> 1)::bigint) AS sum
      FROM payments_payment AS payment
     CROSS JOIN LATERAL jsonb_array_elements(payment.limits_taken) AS pair
     WHERE payment.state NOT IN ('failed', 'cancelled', 'returned')
        OR payment.state = 'returned' AND payment.completed_at IS NOT NULL
     GROUP BY 1
)
SELECT usage.id
  FROM payments_limitusage AS usage
  LEFT JOIN taken ON taken.usage = usage.id
 WHERE usage.used <> coalesce(taken.sum, 0)
