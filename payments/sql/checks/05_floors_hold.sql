-- I3: no account is below its floor, not even with what is held taken away
SELECT account.kind || ' ' || account.id
  FROM payments_ledgeraccount AS account
 WHERE account.balance - account.held
       + coalesce((SELECT sum(inbox.delta_minor)
                     FROM payments_ledgerinbox AS inbox
                    WHERE inbox.account_id = account.id), 0) < account.floor
