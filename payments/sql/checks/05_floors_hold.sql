-- I3: no account is below its floor
SELECT account.kind || ' ' || account.id
  FROM payments_ledgeraccount AS account
 WHERE account.balance + coalesce((SELECT sum(inbox.delta_minor)
                                     FROM payments_ledgerinbox AS inbox
                                    WHERE inbox.account_id = account.id), 0) < account.floor
