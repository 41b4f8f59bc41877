-- A missing line is missing no more when a line shows its fact.
DELETE FROM payments_missingline AS missing
 WHERE missing.bank_id = %(bank_id)s
   AND EXISTS (SELECT 1 FROM payments_statementline AS line
                WHERE line.state = 'matched'
                  AND (line.attempt_id = missing.attempt_id
                       OR line.payout_id = missing.payout_id
                      AND (line.kind = 'movement') = (missing.transfer_kind = 'settle')))
