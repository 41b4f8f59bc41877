-- One transfer from one of many accounts to the one that everybody pays. Its id begins with the time, as the product's do.
\set debit random(:first, :last)
\set draw random(0, 9223372036854775806)
SELECT ledger_transfer_v1((lpad(to_hex((date_part('epoch', now()) * 1000)::bigint), 12, '0') || '8000' || lpad(to_hex(:draw::bigint), 16, '0'))::uuid, lpad(to_hex(:draw::bigint), 32, '0')::uuid, 'deliver', :debit, :hot, 100, 'BRL', 'pay_01JD5X2M9Q8Z7Y6W5V4T3S2R1P', now());
