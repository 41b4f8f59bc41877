-- Counts a refund in its payment's row: what is under way, what is done, and the fee given back.
--
-- The row of the payment is locked by the update, and its CHECK refuses more than was paid, so two
-- refunds at the same moment cannot give back more together than either may alone. A refund that
-- failed or was declined counts for nothing. What a refund says of its amount never changes.
--
-- Whose sale it is stands in the refund too, so that a shop's refunds are found by an index of theirs;
-- it is what the payment says, whoever writes.
CREATE OR REPLACE FUNCTION public.refunds_count_v2() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    v_going bigint := 0;
    v_done bigint := 0;
    v_fee bigint := 0;
    v_payee bigint;
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT payee_id INTO v_payee FROM public.payments_payment WHERE id = NEW.payment_id;
        IF NEW.payee_id <> v_payee THEN
            RAISE EXCEPTION 'refund % is of another payee''s sale', NEW.public_id
                  USING ERRCODE = '23514', CONSTRAINT = 'payments_refund_payee_is_the_payments';
        END IF;
        NEW.payee_id := v_payee;
    END IF;
    IF TG_OP = 'UPDATE' THEN
        IF (OLD.payment_id, OLD.payee_id, OLD.amount_minor, OLD.fee_minor, OLD.currency,
            OLD.asked_by_id)
           IS DISTINCT FROM
           (NEW.payment_id, NEW.payee_id, NEW.amount_minor, NEW.fee_minor, NEW.currency,
            NEW.asked_by_id)
        THEN
            RAISE EXCEPTION 'refund % does not change its amount', OLD.public_id
                  USING ERRCODE = '23514', CONSTRAINT = 'payments_refund_amount_stays';
        END IF;
        IF OLD.state = 'completed' THEN
            v_done := v_done - OLD.amount_minor;
        ELSIF OLD.state NOT IN ('failed', 'declined') THEN
            v_going := v_going - OLD.amount_minor;
        END IF;
        IF OLD.state NOT IN ('failed', 'declined') THEN
            v_fee := v_fee - OLD.fee_minor;
        END IF;
    END IF;
    IF NEW.state = 'completed' THEN
        v_done := v_done + NEW.amount_minor;
    ELSIF NEW.state NOT IN ('failed', 'declined') THEN
        v_going := v_going + NEW.amount_minor;
    END IF;
    IF NEW.state NOT IN ('failed', 'declined') THEN
        v_fee := v_fee + NEW.fee_minor;
    END IF;
    IF v_going <> 0 OR v_done <> 0 OR v_fee <> 0 THEN
        UPDATE public.payments_payment
           SET refunding_minor = refunding_minor + v_going,
               refunded_minor = refunded_minor + v_done,
               fee_refunded_minor = fee_refunded_minor + v_fee
         WHERE id = NEW.payment_id;
    END IF;
    RETURN NEW;
END
$body$;
