-- I15: each payment used up one proof, its payer's, of exactly the text that was shown
SELECT payment.public_id
  FROM payments_payment AS payment
  JOIN payments_quote AS quote ON quote.id = payment.quote_id
  LEFT JOIN people_proof AS proof ON proof.public_id = payment.proof_id
  LEFT JOIN people_person AS person ON person.id = proof.person_id
 WHERE proof.used_at IS NULL
    OR proof.used_by IS DISTINCT FROM payment.public_id
    OR person.party_id IS DISTINCT FROM payment.payer_id
    OR quote.digest <> proof.digest
    OR proof.digest <> sha256(convert_to(quote.signed_text, 'UTF8'))
