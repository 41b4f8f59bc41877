-- A line that the bank booked for a whole batch becomes one matched part for each of its payouts.
WITH whole AS MATERIALIZED (
    SELECT * FROM payments_statementline
     WHERE statement_id = %(statement)s AND part = 0 AND state = 'split' AND resolution = ''
), sent AS MATERIALIZED (
    SELECT id, message_id FROM payments_settlementbatch
     WHERE message_id = ANY (ARRAY(SELECT group_id FROM whole)) AND bank_id = %(bank)s
), inside AS MATERIALIZED (
    SELECT payout.*, sent.message_id
      FROM sent
      JOIN payments_payout AS payout ON payout.batch_id = sent.id
     WHERE payout.batch_id = ANY (ARRAY(SELECT id FROM sent))
       AND payout.state IN ('sent', 'accepted', 'settled', 'unknown')
), shown AS MATERIALIZED (
    SELECT payout_id FROM payments_statementline
     WHERE state = 'matched' AND kind = 'movement'
       AND payout_id = ANY (ARRAY(SELECT id FROM inside))
)
INSERT INTO payments_statementline
       (statement_id, bank_id, position, part, entry, kind, direction, amount_minor, currency,
        end_to_end_id, instruction_id, bank_reference, remittance, counterparty, group_id, reason,
        booked_date, state, is_repeat, payout_id, split_of_id, note)
SELECT line.statement_id, line.bank_id, line.position,
       row_number() OVER (PARTITION BY line.id ORDER BY inside.id), line.entry, line.kind,
       line.direction, inside.net_minor, inside.currency, inside.public_id, inside.public_id,
       line.bank_reference, line.remittance, inside.holder_name, line.group_id, '',
       line.booked_date, 'matched', false, inside.id, line.id, ''
  FROM whole AS line
  JOIN inside ON inside.message_id = line.group_id
  LEFT JOIN shown ON shown.payout_id = inside.id
 WHERE shown.payout_id IS NULL
