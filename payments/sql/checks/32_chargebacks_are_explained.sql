-- I7: what issuers took and no shop has borne is their lines, less what disputes covered and has not
-- been given back to the shop
WITH sides AS (
    SELECT currency,
           sum(CASE WHEN direction = 'into' THEN amount_minor ELSE -amount_minor END) AS sum
      FROM payments_statementline
     WHERE resolution = 'chargeback'
     GROUP BY currency
     UNION ALL
    SELECT refund.currency, sum(refund.amount_minor)
      FROM payments_refund AS refund
      JOIN payments_dispute AS dispute ON dispute.id = refund.dispute_id
     WHERE dispute.kind = 'chargeback' AND refund.state = 'completed'
     GROUP BY refund.currency
     UNION ALL
    SELECT refund.currency, -sum(refund.amount_minor)
      FROM payments_refund AS refund
      JOIN payments_dispute AS dispute ON dispute.id = refund.dispute_id
      JOIN payments_chargeback AS chargeback ON chargeback.dispute_id = dispute.id
     WHERE dispute.state = 'lost' AND chargeback.state = 'reversed'
       AND refund.state = 'completed' AND chargeback.looks_at = ''
     GROUP BY refund.currency
), wanted AS (
    SELECT currency, sum(sum) AS sum FROM sides GROUP BY currency
), books AS (
    SELECT account.currency,
           account.balance + coalesce((SELECT sum(inbox.delta_minor)
                                         FROM payments_ledgerinbox AS inbox
                                        WHERE inbox.account_id = account.id), 0) AS sum
      FROM payments_ledgeraccount AS account
     WHERE account.kind = 'chargebacks'
)
SELECT coalesce(books.currency, wanted.currency)
  FROM books FULL JOIN wanted ON wanted.currency = books.currency
 WHERE coalesce(books.sum, 0) <> coalesce(wanted.sum, 0)
