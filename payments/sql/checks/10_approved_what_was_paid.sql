-- I15: the approved text names this amount, fee, payer, payee and purpose
SELECT payment.public_id
  FROM payments_payment AS payment
  JOIN payments_quote AS quote ON quote.id = payment.quote_id
  LEFT JOIN people_party AS payer ON payer.id = payment.payer_id
  LEFT JOIN people_party AS payee ON payee.id = payment.payee_id
 CROSS JOIN LATERAL (SELECT quote.signed_text::jsonb AS body) AS signed
 WHERE (signed.body #>> '{amount,amount_minor}')::bigint IS DISTINCT FROM payment.amount_minor
    OR (signed.body #>> '{fee,amount_minor}')::bigint IS DISTINCT FROM payment.fee_minor
    OR signed.body #>> '{amount,currency}' IS DISTINCT FROM payment.currency
    OR signed.body #>> '{payer,party}' IS DISTINCT FROM payer.public_id
    OR signed.body #>> '{payee,party}' IS DISTINCT FROM payee.public_id
    OR signed.body ->> 'purpose' IS DISTINCT FROM payment.kind
