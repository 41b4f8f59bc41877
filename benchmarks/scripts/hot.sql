-- One transfer from one of many accounts to the one that everybody pays.
\set debit random(:first, :last)
SELECT ledger_transfer_v1(gen_random_uuid(), gen_random_uuid(), 'deliver', :debit, :hot, 100, 'BRL', 'pay_01JD5X2M9Q8Z7Y6W5V4T3S2R1P', now());
