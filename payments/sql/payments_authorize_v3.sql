-- Writes a payment that the rules let through, all of it in one round trip: counters of limits,
-- the proof used up, the payment, its legs, the first line of its history, the quote marked used,
-- and, where money is taken from a balance, the books.
--
-- Locks: counters of limits in their order, the proof, ledger accounts by id. What it finds wrong
-- it tells in ``refused``, and the caller rolls back: ``limit`` with the rule's id in ``rule``, or
-- ``proof`` when the proof is used, too old, or for something else. A floor that would break is
-- an error of the books (23514 on payments_ledgeraccount_floor_holds).
--
-- The counters that are there are raised by one statement, in their order: hash and merge joins are
-- off, so it goes through the wanted ones, which are sorted, and finds each by the key. Where one is
-- missing or would pass its limit, what was raised is lowered again, and limits_take_v1 goes one by
-- one and names the rule.
--
-- The proof is there already and is used up; or, with ``p_passkey``, it is written here, used up, for
-- a passkey's answer that was looked at a moment ago.
--
-- The counters are five arrays of one length, as for limits_take_v1; the legs four. The last
-- twelve arguments are those of ledger_journal_v2, all null where the books are not touched.
CREATE OR REPLACE FUNCTION public.payments_authorize_v3(
    p_public_id text, p_quote bigint, p_source bigint, p_country text, p_key text, p_actor text,
    p_moment timestamptz, p_arrives_by timestamptz,
    p_proof text, p_person bigint, p_device bigint, p_passkey bigint, p_old_count bigint,
    p_new_count bigint,
    p_parties bigint[], p_rules bigint[], p_windows text[], p_amounts bigint[], p_limits bigint[],
    p_legs text[], p_rails text[], p_banks text[], p_tokens text[],
    p_line_ids uuid[], p_line_kinds text[], p_line_amounts bigint[], p_journal uuid,
    p_currency text, p_ref text, p_posted timestamptz, p_sides text[], p_side_parties bigint[],
    p_side_banks text[], p_floors bigint[], p_inboxes boolean[],
    OUT refused text, OUT rule bigint, OUT id bigint, OUT limits_taken jsonb
)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_hashjoin = off SET enable_mergejoin = off
AS $body$
DECLARE
    v_usages bigint[];
    v_digest bytea;
    v_is_proven boolean;
BEGIN
    limits_taken := '[]';
    IF cardinality(p_rules) > 0 THEN
        WITH taken AS (
            UPDATE public.payments_limitusage AS usage SET used = usage.used + wanted.amount
              FROM (SELECT * FROM unnest(p_parties, p_rules, p_windows, p_amounts, p_limits)
                             WITH ORDINALITY AS asked(party, rule, win, amount, cap, place)
                     ORDER BY party, asked.rule, win OFFSET 0) AS wanted
             WHERE usage.party_id = wanted.party AND usage.rule_id = wanted.rule
               AND usage.window_key = wanted.win
               AND wanted.amount <= wanted.cap AND usage.used + wanted.amount <= wanted.cap
            RETURNING usage.id, wanted.place, wanted.amount
        )
        SELECT array_agg(taken.id ORDER BY taken.place),
               jsonb_agg(jsonb_build_array(taken.id, taken.amount) ORDER BY taken.place)
          INTO v_usages, limits_taken
          FROM taken;
        IF cardinality(v_usages) IS DISTINCT FROM cardinality(p_rules) THEN
            UPDATE public.payments_limitusage AS usage
               SET used = usage.used - (taken.pair ->> 1)::bigint
              FROM jsonb_array_elements(limits_taken) AS taken(pair)
             WHERE usage.id = (taken.pair ->> 0)::bigint;
            v_usages := public.limits_take_v1(p_parties, p_rules, p_windows, p_amounts, p_limits);
            IF v_usages[1] < 0 THEN
                refused := 'limit';
                rule := -v_usages[1];
                RETURN;
            END IF;
            SELECT jsonb_agg(jsonb_build_array(taken.usage, taken.amount) ORDER BY place)
              INTO limits_taken
              FROM unnest(v_usages, p_amounts) WITH ORDINALITY AS taken(usage, amount, place);
        END IF;
    END IF;

    UPDATE public.payments_quote AS quote SET used_at = p_moment WHERE quote.id = p_quote
    RETURNING digest INTO v_digest;
    IF p_passkey IS NULL THEN
        v_is_proven := public.people_use_proof_v1(
            p_proof, p_person, v_digest, p_public_id, p_moment);
    ELSE
        v_is_proven := public.people_accept_passkey_v1(
            p_proof, p_person, p_device, v_digest, p_passkey, p_old_count, p_new_count,
            p_moment, p_public_id);
    END IF;
    IF NOT v_is_proven THEN
        refused := 'proof';
        RETURN;
    END IF;
    WITH made AS (
        INSERT INTO public.payments_payment
               (public_id, kind, country, payer_id, payee_id, amount_minor, fee_minor, currency,
                quote_id, demand_id, source_id, proof_id, idempotency_key, state, failure_code,
                note, conversation_ref, limits_taken, created_at, arrives_by)
        SELECT p_public_id, quote.kind, p_country, quote.payer_id, quote.payee_id,
               quote.amount_minor, quote.fee_minor, quote.currency, quote.id, quote.demand_id,
               p_source, p_proof, p_key, 'authorized', '', quote.note, demand.conversation_ref,
               payments_authorize_v3.limits_taken, p_moment, p_arrives_by
          FROM public.payments_quote AS quote
          LEFT JOIN public.payments_demand AS demand ON demand.id = quote.demand_id
         WHERE quote.id = p_quote
        RETURNING payments_payment.id
    ), moving AS (
        INSERT INTO public.payments_leg
               (payment_id, kind, rail, bank, account_token, state, created_at)
        SELECT made.id, leg.kind, leg.rail, leg.bank, leg.token, 'pending', p_moment
          FROM made
         CROSS JOIN unnest(p_legs, p_rails, p_banks, p_tokens) WITH ORDINALITY
               AS leg(kind, rail, bank, token, place)
         ORDER BY leg.place
    ), told AS (
        INSERT INTO public.payments_paymentmove
               (payment_id, position, from_state, to_state, at, actor, reason, most_recent)
        SELECT made.id, 1, '', 'authorized', p_moment, p_actor, 'approved', true FROM made
    )
    SELECT made.id INTO id FROM made;
    IF p_line_ids IS NOT NULL THEN
        PERFORM public.ledger_journal_v2(
            p_line_ids, p_line_kinds, p_line_amounts, p_journal, p_currency, p_ref, p_posted,
            p_sides, p_side_parties, p_side_banks, p_floors, p_inboxes);
    END IF;
END
$body$;
