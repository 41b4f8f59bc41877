-- What the books say a bank holds at the end of a day, and the facts of it that no line shows.
--
-- It counts on from a day long proven, ``known``: what that proof counted is a number by now, so the
-- transfers of before ``after_seq``, all of them counted then, are not read again. Without such a
-- day both are zero and everything is read.
--
-- Counting on, it is few of many: each table is asked for the rows behind the transfers that are
-- read, by all their keys at once. Reading everything, whole tables are joined: there
-- ``after_seq = 0`` is true before the statement is planned, and the keys are never made.
--
-- Every transfer of the bank's clearing account with the fact behind it. A transfer of a payment is
-- one of its legs, one of a refund is the refund's leg, one of a payout is the payout, and one of a
-- statement's line is that line's own.
WITH clearing AS MATERIALIZED (
    SELECT id FROM payments_ledgeraccount
     WHERE kind = 'bank_clearing' AND bank = %(bank)s AND currency = %(currency)s
), moved AS MATERIALIZED (
    SELECT seq, payment_ref, kind, debit_id, amount_minor, at
      FROM payments_ledgertransfer
     WHERE (debit_id = (SELECT id FROM clearing) OR credit_id = (SELECT id FROM clearing))
       AND seq > %(after_seq)s
), paid AS MATERIALIZED (
    SELECT id FROM payments_payment
     WHERE public_id = ANY (ARRAY(SELECT payment_ref FROM moved))
), given_back AS MATERIALIZED (
    SELECT id FROM payments_refund
     WHERE public_id = ANY (ARRAY(SELECT payment_ref FROM moved))
), sent AS MATERIALIZED (
    SELECT id FROM payments_payout
     WHERE public_id = ANY (ARRAY(SELECT payment_ref FROM moved))
), carried AS MATERIALIZED (
    SELECT id FROM payments_leg WHERE payment_id = ANY (ARRAY(SELECT id FROM paid))
     UNION ALL
    SELECT id FROM payments_leg WHERE refund_id = ANY (ARRAY(SELECT id FROM given_back))
), asked AS MATERIALIZED (
    SELECT id FROM payments_attempt WHERE leg_id = ANY (ARRAY(SELECT id FROM carried))
), fact AS (
    SELECT transfer.seq, transfer.payment_ref AS reference, transfer.kind,
           CASE WHEN transfer.debit_id = (SELECT id FROM clearing) THEN transfer.amount_minor
                ELSE -transfer.amount_minor END AS held_minor,
           coalesce(of_attempt.booked_date, of_payout.booked_date, own.booked_date)
             AS booked_date,
           transfer.at, attempt.id AS attempt_id, payout.id AS payout_id,
           attempt.answered_at, settlement.value_date
      FROM moved AS transfer
      LEFT JOIN payments_payment AS payment
             ON payment.public_id = transfer.payment_ref
            AND (%(after_seq)s = 0
                 OR payment.public_id = ANY (ARRAY(SELECT payment_ref FROM moved)))
      LEFT JOIN payments_leg AS leg
             ON leg.payment_id = payment.id
            AND (%(after_seq)s = 0 OR leg.payment_id = ANY (ARRAY(SELECT id FROM paid)))
            AND leg.kind = CASE transfer.kind WHEN 'collect' THEN 'debit'
                                              WHEN 'deliver' THEN 'credit'
                                              WHEN 'return' THEN 'return' END
            AND leg.state <> 'refused'
      LEFT JOIN payments_refund AS refund
             ON refund.public_id = transfer.payment_ref
            AND (%(after_seq)s = 0
                 OR refund.public_id = ANY (ARRAY(SELECT payment_ref FROM moved)))
      LEFT JOIN payments_leg AS given
             ON given.refund_id = refund.id
            AND (%(after_seq)s = 0
                 OR given.refund_id = ANY (ARRAY(SELECT id FROM given_back)))
      LEFT JOIN payments_attempt AS attempt
             ON attempt.leg_id = coalesce(leg.id, given.id)
            AND (%(after_seq)s = 0 OR attempt.leg_id = ANY (ARRAY(SELECT id FROM carried)))
      LEFT JOIN payments_payout AS payout
             ON payout.public_id = transfer.payment_ref
            AND (%(after_seq)s = 0
                 OR payout.public_id = ANY (ARRAY(SELECT payment_ref FROM moved)))
      LEFT JOIN payments_settlementbatch AS batch ON batch.id = payout.batch_id
      LEFT JOIN payments_settlementwindow AS settlement ON settlement.id = batch.window_id
      LEFT JOIN payments_statementline AS of_attempt
             ON of_attempt.state = 'matched' AND of_attempt.attempt_id = attempt.id
            AND (%(after_seq)s = 0
                 OR of_attempt.attempt_id = ANY (ARRAY(SELECT id FROM asked)))
      LEFT JOIN payments_statementline AS of_payout
             ON of_payout.state = 'matched' AND of_payout.payout_id = payout.id
            AND (of_payout.kind = 'movement') = (transfer.kind = 'settle')
            AND (%(after_seq)s = 0 OR of_payout.payout_id = ANY (ARRAY(SELECT id FROM sent)))
      LEFT JOIN payments_statementline AS own
             ON own.id = CASE WHEN starts_with(transfer.payment_ref, 'lin_')
                              THEN substr(transfer.payment_ref, 5)::bigint END
            AND (%(after_seq)s = 0
                 OR own.id = ANY (ARRAY(SELECT substr(payment_ref, 5)::bigint FROM moved
                                         WHERE starts_with(payment_ref, 'lin_'))))
), counted AS MATERIALIZED (
    SELECT reference, kind, held_minor, attempt_id, payout_id, booked_date IS NULL AS is_missing
      FROM fact
     WHERE NOT (seq <= %(known_seq)s AND booked_date IS NOT NULL AND booked_date <= %(known_day)s)
       AND CASE WHEN booked_date IS NOT NULL THEN booked_date <= %(day)s
                WHEN kind = 'settle' AND value_date IS NOT NULL THEN value_date <= %(day)s
                ELSE coalesce(answered_at, at) < %(horizon)s END
), missing AS (
    INSERT INTO payments_missingline
           (bank_id, reference, transfer_kind, held_minor, currency, attempt_id, payout_id,
            since_date, found_at)
    SELECT %(bank_id)s, reference, kind, held_minor, %(currency)s, attempt_id, payout_id,
           %(day)s, %(moment)s
      FROM counted
     WHERE is_missing
        ON CONFLICT DO NOTHING
)
SELECT coalesce(sum(held_minor), 0)::bigint + %(known_minor)s,
       coalesce(jsonb_agg(jsonb_build_array(reference, kind, held_minor)
                          ORDER BY reference, kind) FILTER (WHERE is_missing), '[]')::text
  FROM counted
