-- A split's requests and its requester's own part add up to its total
SELECT split.public_id
  FROM payments_split AS split
  LEFT JOIN payments_paymentrequest AS request ON request.split_id = split.id
 GROUP BY split.id
HAVING coalesce(sum(request.amount_minor), 0) + split.own_minor <> split.total_minor
    OR bool_or(request.currency <> split.currency)
