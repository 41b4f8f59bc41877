-- Moves payouts to a state, each with its own reason and its bank's reference, and writes their
-- history. Returns how many were moved; the caller holds their rows and has checked the move.
--
-- The plan is pinned: each row is found by its key, whatever the statistics say of a table that a
-- minute ago was empty, and a plan made for one length of array is not used for another.
CREATE OR REPLACE FUNCTION public.payouts_move_v1(
    p_ids bigint[], p_state text, p_references text[], p_reasons text[], p_note text,
    p_moment timestamptz
) RETURNS integer
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan SET enable_seqscan = off SET enable_nestloop = off
SET jit = off
AS $body$
DECLARE
    v_moved integer;
BEGIN
    WITH asked AS MATERIALIZED (
        SELECT * FROM unnest(p_ids, p_references, p_reasons) AS given(id, reference, reason)
    ), before AS MATERIALIZED (
        SELECT payout.id, payout.state FROM public.payments_payout AS payout
         WHERE payout.id = ANY (p_ids)
    ), moved AS (
        UPDATE public.payments_payout AS payout
           SET state = p_state, bank_reference = asked.reference, reason = asked.reason,
               settled_at = CASE p_state WHEN 'settled' THEN p_moment ELSE payout.settled_at END
          FROM asked
         WHERE payout.id = ANY (p_ids) AND payout.id = asked.id
        RETURNING payout.id, payout.reason
    )
    INSERT INTO public.payments_payoutmove (payout_id, from_state, to_state, at, reason)
    SELECT moved.id, before.state, p_state, p_moment,
           CASE p_note WHEN '' THEN moved.reason ELSE p_note END
      FROM moved JOIN before ON before.id = moved.id
     ORDER BY moved.id;
    GET DIAGNOSTICS v_moved = ROW_COUNT;
    RETURN v_moved;
END
$body$;
