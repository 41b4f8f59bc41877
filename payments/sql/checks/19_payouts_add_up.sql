-- I7: a payout is the sum of exactly its sales and entries
SELECT payout.public_id
  FROM payments_payout AS payout
  LEFT JOIN (SELECT payout_id, sum(gross_minor) AS gross, sum(fee_minor) AS fee
               FROM payments_payoutitem GROUP BY payout_id) AS sold
         ON sold.payout_id = payout.id
  LEFT JOIN (SELECT held.payout_id,
                    sum(entry.delta_minor) FILTER (WHERE entry.kind LIKE 'refund%%') AS refunds,
                    sum(entry.delta_minor) FILTER (WHERE entry.kind NOT LIKE 'refund%%') AS holds
               FROM payments_payoutentry AS held
               JOIN payments_payableentry AS entry ON entry.id = held.entry_id
              GROUP BY held.payout_id) AS taken
         ON taken.payout_id = payout.id
 WHERE payout.reissue_of_id IS NULL
   AND (payout.gross_minor <> coalesce(sold.gross, 0)
        OR payout.fee_minor <> coalesce(sold.fee, 0)
        OR payout.refunds_minor <> -coalesce(taken.refunds, 0)
        OR payout.held_minor <> -coalesce(taken.holds, 0))
