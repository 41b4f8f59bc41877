-- I7: what a shop is owed is its sales and entries outside payouts, and payouts that came back
WITH owed AS (
    SELECT payee_id AS party, currency, sum(amount_minor - fee_minor) AS sum
      FROM payments_payment AS payment
     WHERE kind = 'purchase'
       AND state IN ('completed', 'partially_refunded', 'refunded', 'disputed')
       AND NOT EXISTS (SELECT 1 FROM payments_payoutitem AS item
                        WHERE item.payment_id = payment.id)
     GROUP BY payee_id, currency
     UNION ALL
    SELECT party_id, currency, sum(delta_minor)
      FROM payments_payableentry AS entry
     WHERE NOT EXISTS (SELECT 1 FROM payments_payoutentry AS held WHERE held.entry_id = entry.id)
     GROUP BY party_id, currency
     UNION ALL
    SELECT party_id, currency, sum(net_minor)
      FROM payments_payout
     WHERE state IN ('ready', 'rejected', 'not_executed', 'returned')
     GROUP BY party_id, currency
), wanted AS (
    SELECT party, currency, sum(sum) AS sum FROM owed GROUP BY party, currency
), books AS (
    SELECT account.party_id AS party, account.currency,
           account.balance + coalesce((SELECT sum(inbox.delta_minor)
                                         FROM payments_ledgerinbox AS inbox
                                        WHERE inbox.account_id = account.id), 0) AS sum
      FROM payments_ledgeraccount AS account
     WHERE account.kind = 'payable'
       AND account.party_id IN (SELECT party_id FROM payments_payoutaccount)
)
SELECT coalesce(books.party, wanted.party) || ' ' || coalesce(books.currency, wanted.currency)
  FROM books FULL JOIN wanted ON wanted.party = books.party AND wanted.currency = books.currency
 WHERE coalesce(books.sum, 0) <> coalesce(wanted.sum, 0)
