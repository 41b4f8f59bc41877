-- I6: a payment is disputed exactly while a dispute of it is open, or lost and not paid back yet
SELECT payment.public_id
  FROM payments_payment AS payment
 WHERE payment.state = 'disputed'
   AND NOT EXISTS (SELECT 1 FROM payments_dispute AS dispute
                    WHERE dispute.payment_id = payment.id
                      AND dispute.state IN ('opened', 'evidence_due', 'under_review', 'lost'))
 UNION ALL
SELECT payment.public_id
  FROM payments_dispute AS dispute
  JOIN payments_payment AS payment ON payment.id = dispute.payment_id
 WHERE (dispute.state IN ('opened', 'evidence_due', 'under_review')
        AND payment.state <> 'disputed')
    OR (dispute.state NOT IN ('opened', 'evidence_due', 'under_review', 'lost')
        AND dispute.held_minor + dispute.short_minor <> 0)
