-- Tells whether a settled payout of a batch is on no statement.
WITH settled AS MATERIALIZED (
    SELECT id FROM payments_payout WHERE batch_id = %(batch)s AND state = ANY (%(states)s)
), shown AS MATERIALIZED (
    SELECT payout_id FROM payments_statementline
     WHERE state = 'matched' AND kind = 'movement'
       AND payout_id = ANY (ARRAY(SELECT id FROM settled))
)
SELECT EXISTS (
    SELECT FROM settled LEFT JOIN shown ON shown.payout_id = settled.id
     WHERE shown.payout_id IS NULL)
