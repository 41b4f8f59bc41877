-- Judges the new lines of one statement; payments/services/matching.py says by what.
--
-- Nothing here is looked up line by line: what the lines name is read once, by all the names
-- together, and joined by hash. So a hundred thousand lines cost so many times one, also where the
-- statistics of a table are those of yesterday, when it was empty (``payments/plans.py``).
WITH wanted AS MATERIALIZED (
    SELECT line.*, bank.slug AS bank_slug,
           CASE WHEN line.instruction_id <> '' THEN line.instruction_id
                ELSE line.end_to_end_id END AS attempt_name,
           CASE WHEN starts_with(line.instruction_id, 'pyo_') OR line.end_to_end_id = ''
                THEN line.instruction_id ELSE line.end_to_end_id END AS payout_name
      FROM payments_statementline AS line
      JOIN payments_bank AS bank ON bank.id = line.bank_id
     WHERE line.statement_id = %(statement)s AND line.state = 'new'
), asked AS MATERIALIZED (
    SELECT id, instruction_id, end_to_end_id, amount_minor, currency, outcome, leg_id
      FROM payments_attempt
     WHERE instruction_id = ANY (ARRAY(SELECT attempt_name FROM wanted))
     UNION
    SELECT id, instruction_id, end_to_end_id, amount_minor, currency, outcome, leg_id
      FROM payments_attempt
     WHERE end_to_end_id <> ''
       AND end_to_end_id = ANY (ARRAY(SELECT end_to_end_id FROM wanted WHERE end_to_end_id <> ''))
), attempt AS MATERIALIZED (
    SELECT asked.*, leg.kind AS leg_kind, leg.state AS leg_state, leg.bank
      FROM asked
      JOIN payments_leg AS leg ON leg.id = asked.leg_id
     WHERE leg.id = ANY (ARRAY(SELECT leg_id FROM asked))
), told AS MATERIALIZED (
    SELECT bank, chargeback_id AS name
      FROM payments_chargeback
     WHERE chargeback_id = ANY (ARRAY(SELECT instruction_id FROM wanted WHERE instruction_id <> ''))
     UNION
    SELECT bank, reversal_id
      FROM payments_chargeback
     WHERE reversal_id = ANY (ARRAY(SELECT instruction_id FROM wanted WHERE instruction_id <> ''))
), scheme AS MATERIALIZED (
    -- A scheme's own name for a movement; what goes back may carry its original's. What an issuer
    -- took back carries the name of its debit too, as a refund does.
    SELECT DISTINCT ON (wanted.id) wanted.id AS line_id, attempt.*
      FROM wanted
      JOIN attempt ON attempt.end_to_end_id = wanted.end_to_end_id
                  AND attempt.bank = wanted.bank_slug
      LEFT JOIN told ON told.bank = wanted.bank_slug AND told.name = wanted.instruction_id
     WHERE wanted.end_to_end_id <> '' AND told.name IS NULL
     ORDER BY wanted.id, (attempt.leg_kind = 'debit') = (wanted.direction = 'into') DESC,
              (attempt.amount_minor = wanted.amount_minor) DESC, attempt.id
), payout AS MATERIALIZED (
    SELECT id, public_id, bank_id, net_minor, currency, state
      FROM payments_payout
     WHERE public_id = ANY (ARRAY(SELECT payout_name FROM wanted))
), sent AS MATERIALIZED (
    SELECT id, message_id, bank_id
      FROM payments_settlementbatch
     WHERE message_id = ANY (ARRAY(
           SELECT group_id FROM wanted
            WHERE group_id <> '' AND kind = 'movement' AND direction = 'out_of'
              AND end_to_end_id = '' AND instruction_id = ''))
), inside AS MATERIALIZED (
    SELECT id, batch_id, net_minor
      FROM payments_payout
     WHERE batch_id = ANY (ARRAY(SELECT id FROM sent))
       AND state IN ('sent', 'accepted', 'settled', 'unknown')
), shown_inside AS MATERIALIZED (
    SELECT payout_id
      FROM payments_statementline
     WHERE state = 'matched' AND kind = 'movement'
       AND payout_id = ANY (ARRAY(SELECT id FROM inside))
), batch AS MATERIALIZED (
    SELECT sent.message_id, sent.bank_id, sum(inside.net_minor) AS sum_minor
      FROM sent
      JOIN inside ON inside.batch_id = sent.id
      LEFT JOIN shown_inside ON shown_inside.payout_id = inside.id
     WHERE shown_inside.payout_id IS NULL
     GROUP BY sent.message_id, sent.bank_id
), twin AS MATERIALIZED (
    SELECT bank_reference, end_to_end_id, direction, kind, min(id) AS first_id
      FROM payments_statementline
     WHERE bank_id = %(bank)s AND part = 0 AND resolution <> 'superseded'
       AND bank_reference = ANY (ARRAY(
           SELECT DISTINCT bank_reference FROM wanted WHERE bank_reference <> ''))
     GROUP BY bank_reference, end_to_end_id, direction, kind
), named AS MATERIALIZED (
    SELECT wanted.*,
           coalesce(attempt.id, scheme.id) AS found_attempt, payout.id AS found_payout,
           coalesce(attempt.amount_minor, scheme.amount_minor, payout.net_minor) AS agreed_minor,
           coalesce(attempt.currency, scheme.currency, payout.currency) AS agreed_currency,
           -- What we ourselves give back goes out as a return of the scheme's.
           CASE WHEN wanted.kind = 'return' AND wanted.direction = 'out_of'
                 AND coalesce(attempt.leg_kind, scheme.leg_kind, 'debit') <> 'debit'
                THEN 'movement' ELSE wanted.kind END AS meant,
           coalesce(attempt.leg_kind, scheme.leg_kind, '') = 'debit' AS is_debit,
           coalesce(attempt.outcome, scheme.outcome) AS outcome,
           coalesce(attempt.leg_state, scheme.leg_state) AS leg_state,
           payout.state AS payout_state,
           batch.sum_minor AS batch_minor,
           wanted.kind NOT IN ('charge', 'remainder')
               AND coalesce(twin.first_id < wanted.id, false) AS is_again
      FROM wanted
      LEFT JOIN attempt ON attempt.instruction_id = wanted.attempt_name
                       AND attempt.bank = wanted.bank_slug
      LEFT JOIN scheme ON scheme.line_id = wanted.id
      LEFT JOIN payout ON payout.public_id = wanted.payout_name
                      AND payout.bank_id = wanted.bank_id
      LEFT JOIN batch ON batch.message_id = wanted.group_id AND batch.bank_id = wanted.bank_id
                     AND wanted.kind = 'movement' AND wanted.direction = 'out_of'
                     AND wanted.end_to_end_id = '' AND wanted.instruction_id = ''
      LEFT JOIN twin ON twin.bank_reference = wanted.bank_reference
                    AND twin.end_to_end_id = wanted.end_to_end_id
                    AND twin.direction = wanted.direction AND twin.kind = wanted.kind
), booked AS MATERIALIZED (
    SELECT attempt_id, payout_id, kind
      FROM payments_statementline
     WHERE state = 'matched' AND attempt_id = ANY (ARRAY(SELECT found_attempt FROM named))
     UNION ALL
    SELECT NULL, payout_id, kind
      FROM payments_statementline
     WHERE state = 'matched' AND payout_id = ANY (ARRAY(SELECT found_payout FROM named))
), doubted AS MATERIALIZED (
    SELECT named.*,
           CASE
             WHEN named.kind = 'charge' THEN 'a charge of the bank'
             WHEN named.kind = 'remainder' THEN 'the entry is not the sum of its parts'
             WHEN batch_minor = amount_minor THEN NULL
             WHEN batch_minor IS NOT NULL THEN 'another amount: the batch is ' || batch_minor
             WHEN found_attempt IS NULL AND found_payout IS NULL THEN 'nobody asked for it'
             WHEN meant = 'reversal' THEN 'the bank took back what it had booked'
             WHEN meant = 'return' AND found_payout IS NULL THEN 'the bank gave it back'
             WHEN agreed_minor <> amount_minor THEN 'another amount: ' || agreed_minor
             WHEN agreed_currency <> currency THEN 'another currency'
             WHEN (is_debit = (meant = 'movement')) <> (direction = 'into')
               THEN 'the other direction'
             -- What was to be sent again, as it was not taken in, needs no second sending now.
             WHEN outcome = 'rejected' OR outcome = 'not_sent' AND leg_state = 'refused'
               THEN 'the bank had refused it'
             WHEN payout_state IN ('ready', 'rejected', 'not_executed', 'reissued')
               THEN 'it was not to be paid: ' || payout_state
             WHEN of_attempt.attempt_id IS NOT NULL OR of_payout.payout_id IS NOT NULL
               THEN 'it was booked before'
           END AS trouble,
           row_number() OVER (
               PARTITION BY meant, found_attempt, found_payout,
                            CASE WHEN found_attempt IS NULL AND found_payout IS NULL
                                 THEN named.id ELSE 0 END
                   ORDER BY (agreed_minor = amount_minor) DESC, position
           ) AS turn
      FROM named
      LEFT JOIN booked AS of_attempt ON of_attempt.attempt_id = named.found_attempt
      LEFT JOIN booked AS of_payout ON of_payout.attempt_id IS NULL
                                   AND of_payout.payout_id = named.found_payout
                                   AND of_payout.kind = named.meant
), judged AS MATERIALIZED (
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
   AND line.statement_id = %(statement)s AND line.state = 'new'
