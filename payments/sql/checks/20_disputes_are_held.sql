-- I7: what a party's account of held money has is what its disputes say they hold
WITH said AS (
    SELECT payee_id AS party, currency, sum(held_minor) AS sum
      FROM payments_dispute
     GROUP BY payee_id, currency
), books AS (
    SELECT account.party_id AS party, account.currency,
           account.balance + coalesce((SELECT sum(inbox.delta_minor)
                                         FROM payments_ledgerinbox AS inbox
                                        WHERE inbox.account_id = account.id), 0) AS sum
      FROM payments_ledgeraccount AS account
     WHERE account.kind = 'held'
)
SELECT coalesce(books.party, said.party) || ' ' || coalesce(books.currency, said.currency)
  FROM books FULL JOIN said ON said.party = books.party AND said.currency = books.currency
 WHERE coalesce(books.sum, 0) <> coalesce(said.sum, 0)
