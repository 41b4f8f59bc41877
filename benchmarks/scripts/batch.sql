-- Many transfers between random accounts, in one call. Their ids begin with the time, as the product's do.
SELECT ledger_batch_v2(array_agg(id), array_agg(id), array_agg('deliver'::text), array_agg(debit), array_agg(credit), array_agg(100::bigint), 'BRL', array_agg('pay_01JD5X2M9Q8Z7Y6W5V4T3S2R1P'::text), now())
  FROM (SELECT (lpad(to_hex((date_part('epoch', now()) * 1000)::bigint), 12, '0') || substr(gen_random_uuid()::text, 15))::uuid AS id, :first + debit AS debit, :first + (debit + 1 + floor(random() * (:many - 1))::bigint) % :many AS credit
          FROM (SELECT floor(random() * :many)::bigint AS debit FROM generate_series(1, :size)) AS drawn) AS items;
