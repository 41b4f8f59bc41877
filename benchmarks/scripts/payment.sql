-- A complete payment from a balance, as the product sends it: one transaction. The id of its line begins with the time, as the product's do.
\set n :n + 1
\set k :client_id * :each + :n
\set payer :first_party + mod(:k, :people)
\set payee :first_party + mod(:k * 7919 + 1, :people)
\set quote :first_quote + :k
\set person :first_person + mod(:k, :people)
\set source :first_source + mod(:k, :people)
BEGIN;
SELECT payments_standing_v7(:payer, 'quo_bench_' || :k::text, 'key_' || :k::text, ARRAY['payments', 'privacy'], now());
SELECT refused, rule, id, limits_taken
  FROM payments_authorize_v3(
       'pay_bench_' || :k::text, :quote, :source, 'XX', 'key_' || :k::text, 'pty_bench', now(), now() + interval '10 seconds',
       'prf_bench_' || :k::text, :person, NULL, NULL, NULL, NULL,
       ARRAY[:payer, :payee, :payee]::bigint[], ARRAY[:rule_sent, :rule_received, :rule_count]::bigint[], ARRAY['2026-11', '2026-11', '2026-11-25'], ARRAY[100, 100, 1]::bigint[], ARRAY[1000000000000, 1000000000000, 1000000000000]::bigint[],
       ARRAY['debit', 'credit'], ARRAY['books', 'books'], ARRAY['', ''], ARRAY['', ''],
       ARRAY[(lpad(to_hex((date_part('epoch', now()) * 1000)::bigint), 12, '0') || substr(gen_random_uuid()::text, 15))::uuid], ARRAY['reserve'], ARRAY[100]::bigint[], gen_random_uuid(), 'XTS', 'pay_bench_' || :k::text, now(),
       ARRAY['balance', 'in_flight'], ARRAY[:payer, :payer]::bigint[], ARRAY['', ''], ARRAY[0, 0]::bigint[], ARRAY[false, false]);
SELECT messaging_show_payment_v1('pay_bench_' || :k::text, :payer, :payee, :person, NULL, :content, :news, 'msg_bench_' || :k::text, 'cnv_bench_' || :k::text, now());
INSERT INTO core_duty (event, handler, payload, created_at, due_at, attempts, last_error) VALUES ('payment.authorized', 'payments.handlers.charge', jsonb_build_object('payment_id', 'pay_bench_' || :k::text), now(), now(), 0, '');
INSERT INTO core_keptanswer (party_id, key, digest, http_status, body, created_at) VALUES (:payer, 'key_' || :k::text, sha256(convert_to(:k::text, 'UTF8')), 201, :content, now());
COMMIT;
