-- I16: no payment was made under a hold that stopped it
SELECT payment.public_id
  FROM payments_regulatorhold AS hold
  JOIN payments_country AS country ON country.id = hold.country_id
  LEFT JOIN payments_bank AS bank ON bank.id = hold.bank_id
  JOIN payments_payment AS payment
    ON payment.country = country.iso2
   AND hold.capability IN ('', payment.kind)
   AND payment.created_at > coalesce(hold.starts_at + interval '5 seconds',
                                     hold.imposed_at + interval '1 second')
   AND payment.created_at < coalesce(hold.lifted_at - interval '5 seconds', 'infinity')
  LEFT JOIN payments_demand AS demand ON demand.id = payment.demand_id
 WHERE (hold.party_id IS NULL OR hold.party_id IN (payment.payer_id, payment.payee_id))
   AND (bank.slug IS NULL
        OR EXISTS (SELECT 1 FROM payments_leg AS leg
                    WHERE leg.payment_id = payment.id AND leg.kind = 'debit'
                      AND leg.bank = bank.slug))
   AND (hold.level = 'stop_all' OR demand.kind IS DISTINCT FROM 'return')
