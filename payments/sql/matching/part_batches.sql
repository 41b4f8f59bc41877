-- A line that the bank booked for a whole batch becomes one matched part for each of its payouts.
INSERT INTO payments_statementline
       (statement_id, bank_id, position, part, entry, kind, direction, amount_minor, currency,
        end_to_end_id, instruction_id, bank_reference, remittance, counterparty, group_id, reason,
        booked_date, state, is_repeat, payout_id, split_of_id, note)
SELECT line.statement_id, line.bank_id, line.position,
       row_number() OVER (PARTITION BY line.id ORDER BY payout.id), line.entry, line.kind,
       line.direction, payout.net_minor, payout.currency, payout.public_id, payout.public_id,
       line.bank_reference, line.remittance, payout.holder_name, line.group_id, '',
       line.booked_date, 'matched', false, payout.id, line.id, ''
  FROM payments_statementline AS line
  JOIN payments_settlementbatch AS batch
    ON batch.message_id = line.group_id AND batch.bank_id = line.bank_id
  JOIN payments_payout AS payout ON payout.batch_id = batch.id
 WHERE line.statement_id = %(statement)s AND line.part = 0 AND line.state = 'split'
   AND line.resolution = ''
   AND payout.state IN ('sent', 'accepted', 'settled', 'unknown')
   AND NOT EXISTS (SELECT 1 FROM payments_statementline AS other
                    WHERE other.payout_id = payout.id AND other.state = 'matched'
                      AND other.kind = 'movement')
