-- I7: a payout's lines are those that its state demands, with its net
WITH lines AS (
    SELECT payment_ref, array_agg(kind || ' ' || amount_minor ORDER BY kind) AS posted
      FROM payments_ledgertransfer
     WHERE payment_ref LIKE 'pyo\_%%'
     GROUP BY payment_ref
), demanded AS (
    SELECT payout.public_id, payout.state,
           (SELECT array_agg(wanted.kind || ' ' || payout.net_minor ORDER BY wanted.kind)
              FROM (VALUES ('settle', payout.was_settled),
                           ('settle_back', payout.was_settled AND payout.state <> 'settled'),
                           ('settle_claim', payout.state <> 'ready'),
                           ('settle_return',
                            payout.state IN ('rejected', 'not_executed')
                            OR payout.state = 'reissued' AND NOT payout.was_settled))
                   AS wanted(kind, is_due)
             WHERE wanted.is_due) AS wanted
      FROM (SELECT each.*,
                   EXISTS (SELECT 1 FROM payments_payoutmove AS move
                            WHERE move.payout_id = each.id AND move.to_state = 'settled')
                     AS was_settled
              FROM payments_payout AS each) AS payout
)
SELECT demanded.public_id || ' ' || demanded.state
  FROM demanded
  LEFT JOIN lines ON lines.payment_ref = demanded.public_id
 WHERE coalesce(lines.posted, '{}') <> coalesce(demanded.wanted, '{}')
