-- What the lines of a statement come to, what went out negative: those that no other statement
-- showed before, and all of them.
--
-- A statement of a hundred thousand lines may be issued again; which of its lines were shown before
-- is found by one join, whatever the statistics say.
CREATE OR REPLACE FUNCTION public.statements_moved_v1(
    p_statement bigint, OUT own_minor bigint, OUT all_minor bigint
)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan SET enable_seqscan = off SET enable_nestloop = off
SET jit = off
AS $body$
BEGIN
    WITH line AS MATERIALIZED (
        SELECT same_as_id,
               CASE direction WHEN 'into' THEN amount_minor ELSE -amount_minor END AS signed_minor
          FROM public.payments_statementline
         WHERE statement_id = p_statement AND part = 0
    ), issue AS MATERIALIZED (
        SELECT other.id
          FROM public.payments_statement AS this
          JOIN public.payments_statement AS other
            ON other.bank_id = this.bank_id AND other.date = this.date
           AND other.sequence = this.sequence
         WHERE this.id = p_statement
    ), shown AS MATERIALIZED (
        SELECT earlier.id, earlier.statement_id = ANY (ARRAY(SELECT id FROM issue)) AS is_issue
          FROM public.payments_statementline AS earlier
         WHERE earlier.id = ANY (ARRAY(SELECT same_as_id FROM line))
    )
    SELECT coalesce(sum(line.signed_minor)
                    FILTER (WHERE line.same_as_id IS NULL OR shown.is_issue), 0)::bigint,
           coalesce(sum(line.signed_minor), 0)::bigint
      INTO own_minor, all_minor
      FROM line LEFT JOIN shown ON shown.id = line.same_as_id;
END
$body$;
