-- Marks what accounts came to by a moment that is over, so that nobody adds up again what was before.
--
-- An account is marked where five hundred lines lie past its newest mark: few lines are added up
-- quicker than a mark is found. Says which accounts were marked. Every line that is written has the
-- moment of its writing, so none comes anymore that is a day old; how far the lines before the moment
-- reach in the books, and where those after it begin, is kept, because lines of one second may stand
-- in another order than their moments. The later ones begin right behind the earlier, even where the
-- first that can be seen stands further on: one before it may be written and not committed yet.
CREATE OR REPLACE FUNCTION public.ledger_mark_v2(
    p_accounts bigint[], p_until timestamptz
) RETURNS SETOF bigint
LANGUAGE sql SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
AS $body$
    INSERT INTO public.payments_ledgermark AS made
           (account_id, until, sum_minor, first_seq, last_seq)
    SELECT account.id, p_until,
           coalesce(mark.sum_minor, 0) + past.sum,
           least(past.following, greatest(past.reaches, mark.last_seq) + 1),
           greatest(past.reaches, mark.last_seq)
      FROM unnest(p_accounts) AS account(id)
      LEFT JOIN LATERAL (
           SELECT * FROM public.payments_ledgermark AS known
            WHERE known.account_id = account.id
            ORDER BY known.until DESC LIMIT 1) AS mark ON true
     CROSS JOIN LATERAL (
           SELECT count(*) FILTER (WHERE line.is_past) AS lines,
                  sum(line.delta) FILTER (WHERE line.is_past) AS sum,
                  max(line.seq) FILTER (WHERE line.at < p_until) AS reaches,
                  min(line.seq) FILTER (WHERE line.at >= p_until) AS following
             FROM (SELECT side.seq, side.at, side.delta,
                          side.at < p_until
                          AND side.at >= coalesce(mark.until, '-infinity') AS is_past
                     FROM (SELECT seq, at, amount_minor AS delta
                             FROM public.payments_ledgertransfer
                            WHERE credit_id = account.id AND seq >= coalesce(mark.first_seq, 0)
                            UNION ALL
                           SELECT seq, at, -amount_minor
                             FROM public.payments_ledgertransfer
                            WHERE debit_id = account.id AND seq >= coalesce(mark.first_seq, 0))
                          AS side) AS line) AS past
     WHERE past.lines >= 500 AND (mark.until IS NULL OR mark.until < p_until)
        ON CONFLICT (account_id, until) DO NOTHING
 RETURNING made.account_id
$body$;
