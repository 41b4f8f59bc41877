-- A missing line is missing no more when a line shows its fact.
WITH missing AS MATERIALIZED (
    SELECT id, attempt_id, payout_id,
           (transfer_kind = 'settle') AS is_settled
      FROM payments_missingline
     WHERE bank_id = %(bank_id)s
), shown AS MATERIALIZED (
    SELECT attempt_id, NULL::bigint AS payout_id, NULL::boolean AS is_movement
      FROM payments_statementline
     WHERE state = 'matched' AND attempt_id = ANY (ARRAY(SELECT attempt_id FROM missing))
     UNION ALL
    SELECT NULL, payout_id, kind = 'movement'
      FROM payments_statementline
     WHERE state = 'matched' AND payout_id = ANY (ARRAY(SELECT payout_id FROM missing))
), found AS MATERIALIZED (
    SELECT missing.id FROM missing JOIN shown ON shown.attempt_id = missing.attempt_id
     UNION
    SELECT missing.id FROM missing JOIN shown ON shown.payout_id = missing.payout_id
                                             AND shown.is_movement = missing.is_settled
)
DELETE FROM payments_missingline AS forgotten
 USING found
 WHERE forgotten.id = found.id AND forgotten.bank_id = %(bank_id)s
