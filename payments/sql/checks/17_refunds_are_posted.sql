-- I5: a refund's lines are those that its state demands, with its amount and fee
WITH lines AS (
    SELECT payment_ref, array_agg(kind || ' ' || amount_minor ORDER BY kind) AS posted
      FROM payments_ledgertransfer
     WHERE payment_ref LIKE 'rfn\_%%'
     GROUP BY payment_ref
), demanded AS (
    SELECT refund.public_id, refund.state,
           (SELECT array_agg(wanted.kind || ' ' || wanted.amount ORDER BY wanted.kind)
              FROM (VALUES ('refund_claim', refund.amount_minor - refund.fee_minor, true),
                           ('refund_fee', refund.fee_minor, true),
                           ('refund', refund.amount_minor, refund.state = 'completed'),
                           ('refund_back', refund.amount_minor - refund.fee_minor,
                            refund.state = 'failed'),
                           ('refund_fee_back', refund.fee_minor, refund.state = 'failed'))
                   AS wanted(kind, amount, is_due)
             WHERE wanted.is_due AND wanted.amount > 0
               AND refund.state NOT IN ('awaiting_second', 'declined')) AS wanted
      FROM payments_refund AS refund
)
SELECT demanded.public_id || ' ' || demanded.state
  FROM demanded
  LEFT JOIN lines ON lines.payment_ref = demanded.public_id
 WHERE coalesce(lines.posted, '{}') <> coalesce(demanded.wanted, '{}')
