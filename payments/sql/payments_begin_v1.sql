-- Tells what is known before a proof is looked at: the payment that the key has made before, the digest
-- of the payer's own quote, whether the person's payments are frozen, and the passkey that the
-- evidence claims to be of, where it is one. It locks no row.
--
-- With a lock's class and key it asks for that advisory lock of the session first, without waiting:
-- where ``has_turn`` is false nothing else is told; where it is true, what is told was read after.
CREATE OR REPLACE FUNCTION public.payments_begin_v1(
    p_payer bigint, p_quote text, p_key text, p_person bigint, p_credential bytea,
    p_lock_class integer, p_lock integer,
    OUT has_turn boolean, OUT made bigint, OUT digest bytea, OUT is_frozen boolean,
    OUT passkey bigint, OUT public_key bytea, OUT sign_count bigint
)
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
AS $body$
BEGIN
    has_turn := p_lock IS NOT NULL AND pg_try_advisory_lock(p_lock_class, p_lock);
    IF p_lock IS NOT NULL AND NOT has_turn THEN
        RETURN;
    END IF;
    SELECT payment.id INTO made FROM public.payments_payment AS payment
     WHERE payment.payer_id = p_payer AND payment.idempotency_key = p_key;
    IF FOUND THEN
        RETURN;
    END IF;
    SELECT quote.digest INTO digest FROM public.payments_quote AS quote
     WHERE quote.public_id = p_quote AND quote.payer_id = p_payer;
    is_frozen := EXISTS (SELECT 1 FROM public.people_freeze
                          WHERE person_id = p_person AND lifted_at IS NULL);
    IF p_credential IS NOT NULL THEN
        SELECT facts.passkey, facts.public_key, facts.sign_count
          INTO passkey, public_key, sign_count
          FROM public.people_passkey_facts_v1(p_person, p_credential) AS facts;
    END IF;
END
$body$;
