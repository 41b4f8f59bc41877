-- What open lines may have been, best first, a few for each line. Every source is read by an index,
-- by amount or by name; docs/settlement.md has the list with its scores.
WITH asked AS (
    SELECT line.*, bank.slug AS bank_slug,
           CASE WHEN line.direction = 'into' THEN line.amount_minor
                ELSE -line.amount_minor END AS signed_minor
      FROM payments_statementline AS line
      JOIN payments_bank AS bank ON bank.id = line.bank_id
     WHERE line.id = ANY(%(lines)s)
), found AS (
    SELECT asked.id AS line_id, idea.*
      FROM asked
     CROSS JOIN LATERAL (
        SELECT 'fact' AS kind, payout.public_id AS name, payout.net_minor AS amount_minor,
               coalesce(payout.settled_at, payout.created_at)::date AS day,
               90 AS score, 'same_name' AS why
          FROM payments_payout AS payout
         WHERE payout.id = asked.payout_id AND payout.net_minor <> asked.amount_minor
           AND asked.kind <> 'charge'
         UNION ALL
        SELECT 'fact', attempt.instruction_id, attempt.amount_minor, attempt.asked_at::date,
               90, 'same_name'
          FROM payments_attempt AS attempt
         WHERE attempt.id = asked.attempt_id AND attempt.amount_minor <> asked.amount_minor
           AND asked.kind <> 'charge'
         UNION ALL
        -- Movements of the books that no line shows: of this amount, or a little more.
        SELECT 'fact', coalesce(payout.public_id, attempt.instruction_id), abs(missing.held_minor),
               missing.since_date,
               CASE WHEN missing.held_minor <> asked.signed_minor THEN 45
                    WHEN missing.since_date = asked.booked_date THEN 80
                    ELSE greatest(50, 75 - 5 * abs(missing.since_date - asked.booked_date)) END
               + CASE WHEN payout.holder_name = asked.counterparty THEN 10 ELSE 0 END,
               CASE WHEN missing.held_minor <> asked.signed_minor THEN 'less_charge'
                    WHEN missing.since_date = asked.booked_date THEN 'same_amount_and_day'
                    ELSE 'same_amount' END
          FROM payments_missingline AS missing
          LEFT JOIN payments_payout AS payout ON payout.id = missing.payout_id
          LEFT JOIN payments_attempt AS attempt ON attempt.id = missing.attempt_id
         WHERE missing.bank_id = asked.bank_id AND missing.currency = asked.currency
           AND missing.held_minor BETWEEN asked.signed_minor
                                      AND asked.signed_minor + asked.amount_minor / 20
           AND (missing.payout_id IS NOT NULL OR missing.attempt_id IS NOT NULL)
         UNION ALL
        -- Payouts whose fate nobody knows yet.
        SELECT 'fact', payout.public_id, payout.net_minor, payout.created_at::date,
               70 + CASE WHEN payout.holder_name = asked.counterparty THEN 10 ELSE 0 END,
               'still_open'
          FROM payments_payout AS payout
         WHERE payout.bank_id = asked.bank_id AND payout.net_minor = asked.amount_minor
           AND payout.currency = asked.currency AND asked.direction = 'out_of'
           AND payout.state IN ('sent', 'accepted', 'unknown')
         UNION ALL
        -- Payouts that went out with this amount and may have come back.
        SELECT 'fact', payout.public_id, payout.net_minor, payout.settled_at::date,
               50 + CASE WHEN payout.holder_name = asked.counterparty THEN 20 ELSE 0 END,
               'came_back'
          FROM payments_payout AS payout
         WHERE payout.bank_id = asked.bank_id AND payout.net_minor = asked.amount_minor
           AND payout.currency = asked.currency AND asked.direction = 'into'
           AND payout.state = 'settled'
           AND payout.settled_at > asked.booked_date - interval '30 days'
         UNION ALL
        -- Attempts whose outcome nobody knows yet.
        SELECT 'fact', attempt.instruction_id, attempt.amount_minor, attempt.asked_at::date,
               CASE WHEN attempt.asked_at::date = asked.booked_date THEN 75 ELSE 60 END,
               'still_open'
          FROM payments_payment AS payment
          JOIN payments_leg AS leg ON leg.payment_id = payment.id
          JOIN payments_attempt AS attempt ON attempt.leg_id = leg.id
         WHERE payment.state IN ('authorized', 'processing', 'unknown')
           AND leg.bank = asked.bank_slug AND attempt.amount_minor = asked.amount_minor
           AND attempt.currency = asked.currency
           AND attempt.outcome IN ('', 'unknown', 'pending')
           AND (leg.kind = 'debit') = (asked.direction = 'into')
         UNION ALL
        -- Payouts to the same name, whatever their amount.
        SELECT 'fact', payout.public_id, payout.net_minor, payout.created_at::date, 40,
               'same_payee'
          FROM payments_payout AS payout
         WHERE payout.bank_id = asked.bank_id AND payout.holder_name = asked.counterparty
           AND asked.counterparty <> '' AND asked.direction = 'out_of'
           AND payout.state IN ('sent', 'accepted', 'unknown')
         UNION ALL
        -- A line that waits too, and undoes this one or is undone by it.
        SELECT 'line', 'lin_' || other.id, other.amount_minor, other.booked_date,
               CASE WHEN other.bank_reference <> ''
                     AND other.bank_reference = asked.bank_reference THEN 95 ELSE 55 END,
               'opposite_line'
          FROM payments_statementline AS other
         WHERE other.bank_id = asked.bank_id AND other.amount_minor = asked.amount_minor
           AND other.currency = asked.currency AND other.direction <> asked.direction
           AND other.state IN ('exception', 'suspense')
         UNION ALL
        -- A whole batch, by its name or its total.
        SELECT 'batch', batch.public_id, batch.total_minor, sent.business_date,
               CASE WHEN batch.message_id = asked.group_id THEN 85 ELSE 60 END, 'whole_batch'
          FROM payments_settlementbatch AS batch
          JOIN payments_settlementwindow AS sent ON sent.id = batch.window_id
         WHERE batch.bank_id = asked.bank_id AND asked.direction = 'out_of'
           AND batch.currency = asked.currency AND batch.payout_count > 1
           AND (batch.message_id = asked.group_id AND asked.group_id <> ''
                OR batch.total_minor = asked.amount_minor)
           AND sent.business_date > asked.booked_date - 30
     ) AS idea
), best AS (
    SELECT found.*,
           row_number() OVER (PARTITION BY line_id, name ORDER BY score DESC, why) AS of_name
      FROM found
     WHERE name IS NOT NULL
), ranked AS (
    SELECT best.*, row_number() OVER (PARTITION BY line_id ORDER BY score DESC, day DESC, name)
                     AS place
      FROM best
     WHERE of_name = 1
)
SELECT line_id, kind, name, amount_minor, day, score, why
  FROM ranked
 WHERE place <= %(most)s
 ORDER BY line_id, place
