-- Judges the new lines of one statement; payments/services/matching.py says by what.
WITH wanted AS (
    SELECT line.*, bank.slug AS bank_slug
      FROM payments_statementline AS line
      JOIN payments_bank AS bank ON bank.id = line.bank_id
     WHERE line.statement_id = %(statement)s AND line.state = 'new'
), named AS (
    SELECT wanted.*,
           coalesce(attempt.id, scheme.id) AS found_attempt, payout.id AS found_payout,
           coalesce(attempt.amount_minor, scheme.amount_minor, payout.net_minor) AS agreed_minor,
           coalesce(attempt.currency, scheme.currency, payout.currency) AS agreed_currency,
           -- What we ourselves give back goes out as a return of the scheme's.
           CASE WHEN wanted.kind = 'return' AND wanted.direction = 'out_of'
                 AND coalesce(leg.kind, scheme.leg_kind, 'debit') <> 'debit'
                THEN 'movement' ELSE wanted.kind END AS meant,
           coalesce(leg.kind, scheme.leg_kind, '') = 'debit' AS is_debit,
           coalesce(attempt.outcome, scheme.outcome) AS outcome, payout.state AS payout_state,
           batch.sum_minor AS batch_minor,
           wanted.kind NOT IN ('charge', 'remainder') AND EXISTS (
               SELECT 1 FROM payments_statementline AS twin
                WHERE twin.bank_id = wanted.bank_id AND twin.id < wanted.id AND twin.part = 0
                  AND wanted.bank_reference <> ''
                  AND twin.bank_reference = wanted.bank_reference
                  AND twin.end_to_end_id = wanted.end_to_end_id
                  AND twin.direction = wanted.direction AND twin.kind = wanted.kind
                  AND twin.resolution <> 'superseded'
           ) AS is_again
      FROM wanted
      LEFT JOIN (payments_attempt AS attempt
                 JOIN payments_leg AS leg ON leg.id = attempt.leg_id)
             ON attempt.instruction_id
                = CASE WHEN wanted.instruction_id <> '' THEN wanted.instruction_id
                       ELSE wanted.end_to_end_id END
            AND leg.bank = wanted.bank_slug
      LEFT JOIN LATERAL (
          -- A scheme's own name for a movement; what goes back may carry its original's.
          SELECT known.id, known.amount_minor, known.currency, known.outcome, way.kind AS leg_kind
            FROM payments_attempt AS known
            JOIN payments_leg AS way ON way.id = known.leg_id
           WHERE attempt.id IS NULL AND wanted.end_to_end_id <> ''
             AND known.end_to_end_id = wanted.end_to_end_id AND known.end_to_end_id <> ''
             AND way.bank = wanted.bank_slug
             -- What an issuer took back carries the name of its debit too, as a refund does.
             AND NOT EXISTS (SELECT 1 FROM payments_chargeback AS told
                              WHERE told.bank = wanted.bank_slug AND wanted.instruction_id <> ''
                                AND wanted.instruction_id IN (told.chargeback_id,
                                                              told.reversal_id))
           ORDER BY (way.kind = 'debit') = (wanted.direction = 'into') DESC,
                    (known.amount_minor = wanted.amount_minor) DESC, known.id
           LIMIT 1
      ) AS scheme ON true
      LEFT JOIN payments_payout AS payout
             ON payout.public_id
                = CASE WHEN starts_with(wanted.instruction_id, 'pyo_')
                         OR wanted.end_to_end_id = '' THEN wanted.instruction_id
                       ELSE wanted.end_to_end_id END
            AND payout.bank_id = wanted.bank_id
      LEFT JOIN LATERAL (
          SELECT sum(each.net_minor) AS sum_minor
            FROM payments_settlementbatch AS sent
            JOIN payments_payout AS each ON each.batch_id = sent.id
           WHERE wanted.group_id <> '' AND wanted.kind = 'movement'
             AND wanted.direction = 'out_of'
             AND wanted.end_to_end_id = '' AND wanted.instruction_id = ''
             AND sent.message_id = wanted.group_id AND sent.bank_id = wanted.bank_id
             AND each.state IN ('sent', 'accepted', 'settled', 'unknown')
             AND NOT EXISTS (SELECT 1 FROM payments_statementline AS line
                              WHERE line.payout_id = each.id AND line.state = 'matched'
                                AND line.kind = 'movement')
      ) AS batch ON true
), doubted AS (
    SELECT named.*,
           CASE
             WHEN kind = 'charge' THEN 'a charge of the bank'
             WHEN kind = 'remainder' THEN 'the entry is not the sum of its parts'
             WHEN batch_minor = amount_minor THEN NULL
             WHEN batch_minor IS NOT NULL THEN 'another amount: the batch is ' || batch_minor
             WHEN found_attempt IS NULL AND found_payout IS NULL THEN 'nobody asked for it'
             WHEN meant = 'reversal' THEN 'the bank took back what it had booked'
             WHEN meant = 'return' AND found_payout IS NULL THEN 'the bank gave it back'
             WHEN agreed_minor <> amount_minor THEN 'another amount: ' || agreed_minor
             WHEN agreed_currency <> currency THEN 'another currency'
             WHEN (is_debit = (meant = 'movement')) <> (direction = 'into')
               THEN 'the other direction'
             WHEN outcome IN ('rejected', 'not_sent') THEN 'the bank had refused it'
             WHEN payout_state IN ('ready', 'rejected', 'not_executed', 'reissued')
               THEN 'it was not to be paid: ' || payout_state
             WHEN EXISTS (
               SELECT 1 FROM payments_statementline AS twin
                WHERE twin.id <> named.id AND twin.state = 'matched'
                  AND (twin.attempt_id = found_attempt
                       OR twin.payout_id = found_payout AND twin.kind = meant)
             ) THEN 'it was booked before'
           END AS trouble,
           row_number() OVER (
               PARTITION BY meant, found_attempt, found_payout,
                            CASE WHEN found_attempt IS NULL AND found_payout IS NULL
                                 THEN id ELSE 0 END
                   ORDER BY (agreed_minor = amount_minor) DESC, position
           ) AS turn
      FROM named
), judged AS (
    SELECT doubted.*,
           kind NOT IN ('charge', 'remainder') AND (is_again OR turn > 1) AS is_flagged,
           CASE WHEN kind = 'charge' THEN 'suspense'
                WHEN is_again OR (turn > 1 AND trouble IS NULL) THEN 'exception'
                WHEN trouble IS NULL AND batch_minor IS NOT NULL THEN 'split'
                WHEN trouble IS NULL THEN 'matched'
                WHEN found_attempt IS NULL AND found_payout IS NULL AND batch_minor IS NULL
                  THEN CASE WHEN kind = 'remainder' THEN 'exception' ELSE 'suspense' END
                ELSE 'exception' END AS verdict
      FROM doubted
)
UPDATE payments_statementline AS line
   SET state = judged.verdict,
       is_repeat = judged.is_flagged,
       attempt_id = judged.found_attempt,
       payout_id = CASE WHEN judged.found_attempt IS NULL THEN judged.found_payout END,
       note = CASE judged.verdict
                WHEN 'matched' THEN ''
                WHEN 'split' THEN 'the batch, booked as one'
                ELSE left(CASE WHEN judged.is_flagged THEN 'the same line again'
                               ELSE coalesce(judged.trouble, '') END, 200)
              END
  FROM judged
 WHERE line.id = judged.id
