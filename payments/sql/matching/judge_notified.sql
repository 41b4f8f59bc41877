-- Judges the entries of one notification: what each tells that nobody knew.
WITH named AS (
    SELECT entry.id, entry.kind, entry.amount_minor, entry.currency, entry.direction,
           attempt.id AS attempt_id, payout.id AS payout_id, attempt.outcome,
           payout.state AS payout_state,
           coalesce(attempt.amount_minor, payout.net_minor) AS agreed_minor,
           coalesce(attempt.currency, payout.currency) AS agreed_currency,
           CASE WHEN leg.kind = 'debit' THEN 'into' ELSE 'out_of' END AS agreed_direction
      FROM payments_notifiedentry AS entry
      JOIN payments_notification AS told ON told.id = entry.notification_id
      JOIN payments_bank AS bank ON bank.id = told.bank_id
      LEFT JOIN (payments_attempt AS attempt
                 JOIN payments_leg AS leg ON leg.id = attempt.leg_id)
             ON attempt.instruction_id
                = CASE WHEN entry.instruction_id <> '' THEN entry.instruction_id
                       ELSE entry.end_to_end_id END
            AND leg.bank = bank.slug
      LEFT JOIN payments_payout AS payout
             ON payout.public_id
                = CASE WHEN starts_with(entry.instruction_id, 'pyo_')
                         OR entry.end_to_end_id = '' THEN entry.instruction_id
                       ELSE entry.end_to_end_id END
            AND payout.bank_id = told.bank_id
     WHERE entry.notification_id = %(notification)s AND entry.evidence = 'new'
)
UPDATE payments_notifiedentry AS entry
   SET attempt_id = named.attempt_id,
       payout_id = CASE WHEN named.attempt_id IS NULL THEN named.payout_id END,
       evidence = CASE
         WHEN named.kind NOT IN ('movement', 'return')
              OR (named.kind = 'return' AND named.direction <> 'out_of')
              OR (named.attempt_id IS NULL AND named.payout_id IS NULL) THEN 'strange'
         WHEN named.agreed_minor <> named.amount_minor
              OR named.agreed_currency <> named.currency
              OR named.agreed_direction <> named.direction
              OR named.outcome IN ('rejected', 'not_sent')
              OR named.payout_state IN ('ready', 'claimed', 'rejected', 'not_executed', 'reissued')
           THEN 'differs'
         WHEN named.outcome = 'executed' OR named.payout_state IN ('settled', 'returned')
           THEN 'known'
         ELSE 'told' END
  FROM named
 WHERE entry.id = named.id
