-- A page of a shop's orders whose buyer's name, or the name of something in them, is like a pattern.
--
-- A common name stands in the nearest thousand orders. A rare one would be looked for in every order
-- that the shop ever had, so then the names are asked first: a shop has far fewer buyers and things
-- than orders, and the nearest orders of each are read along an index. Which way is taken depends on
-- what is there, and never on statistics. An order may hold a name in more than one line, and takes one
-- place of a page all the same.
CREATE OR REPLACE FUNCTION public.merchants_find_orders_v3(
    p_shop bigint,
    p_like text,
    p_states text[],
    p_since timestamptz,
    p_until timestamptz,
    p_least bigint,
    p_most bigint,
    p_after bigint,
    p_is_oldest boolean,
    p_limit integer
) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE ROWS 100
SET search_path = pg_catalog, pg_temp
SET enable_seqscan = off
SET enable_hashjoin = off
SET enable_mergejoin = off
AS $body$
DECLARE
    c_near CONSTANT integer := 1000;
    v_way CONSTANT text := CASE WHEN p_is_oldest THEN 'ASC' ELSE 'DESC' END;
    v_past CONSTANT text := CASE WHEN p_is_oldest THEN '>' ELSE '<' END;
    v_like CONSTANT text := upper(p_like);
    v_seen integer;
    v_found bigint[];
BEGIN
    EXECUTE format($near$
        SELECT count(*),
               array_agg(placed.id ORDER BY placed.id %1$s) FILTER (
                   WHERE ($3 = '{}' OR placed.state = ANY ($3))
                     AND placed.placed_at >= $4 AND placed.placed_at < $5
                     AND placed.total_minor BETWEEN $8 AND $9
                     AND (upper(buyer.display_name) LIKE $2
                          OR EXISTS (SELECT FROM public.merchants_orderline AS line
                                      WHERE line.order_id = placed.id
                                        AND upper(line.name) LIKE $2)))
          FROM (SELECT id, state, placed_at, buyer_id, total_minor
                  FROM public.merchants_order
                 WHERE shop_id = $1 AND id %2$s $6
                 ORDER BY id %1$s LIMIT $7) AS placed
          JOIN public.people_party AS buyer ON buyer.id = placed.buyer_id
    $near$, v_way, v_past)
       INTO v_seen, v_found
      USING p_shop, v_like, p_states, p_since, p_until, p_after, c_near, p_least, p_most;
    IF v_seen < c_near OR cardinality(v_found) >= p_limit THEN
        RETURN QUERY SELECT unnest(v_found[:p_limit]);
        RETURN;
    END IF;
    RETURN QUERY EXECUTE format($names$
        WITH RECURSIVE buyer AS (
            (SELECT buyer_id AS id FROM public.merchants_order
              WHERE shop_id = $1 ORDER BY shop_id, buyer_id LIMIT 1)
             UNION ALL
            SELECT (SELECT buyer_id FROM public.merchants_order
                     WHERE shop_id = $1 AND buyer_id > buyer.id
                     ORDER BY shop_id, buyer_id LIMIT 1)
              FROM buyer WHERE buyer.id IS NOT NULL
        ), thing AS (
            (SELECT name FROM public.merchants_orderline
              WHERE shop_id = $1 ORDER BY shop_id, name LIMIT 1)
             UNION ALL
            SELECT (SELECT name FROM public.merchants_orderline
                     WHERE shop_id = $1 AND name > thing.name
                     ORDER BY shop_id, name LIMIT 1)
              FROM thing WHERE thing.name IS NOT NULL
        )
        SELECT of_buyer.id
          FROM buyer
          JOIN public.people_party AS party ON party.id = buyer.id
         CROSS JOIN LATERAL (
               SELECT placed.id FROM public.merchants_order AS placed
                WHERE placed.shop_id = $1 AND placed.buyer_id = buyer.id AND placed.id %2$s $6
                  AND ($3 = '{}' OR placed.state = ANY ($3))
                  AND placed.placed_at >= $4 AND placed.placed_at < $5
                  AND placed.total_minor BETWEEN $8 AND $9
                ORDER BY placed.id %1$s LIMIT $7) AS of_buyer
         WHERE upper(party.display_name) LIKE $2
         UNION
        SELECT with_thing.id
          FROM thing
         CROSS JOIN LATERAL (
               SELECT DISTINCT line.order_id AS id
                 FROM public.merchants_orderline AS line
                 JOIN public.merchants_order AS placed ON placed.id = line.order_id
                WHERE line.shop_id = $1 AND line.name = thing.name AND line.order_id %2$s $6
                  AND ($3 = '{}' OR placed.state = ANY ($3))
                  AND placed.placed_at >= $4 AND placed.placed_at < $5
                  AND placed.total_minor BETWEEN $8 AND $9
                ORDER BY 1 %1$s LIMIT $7) AS with_thing
         WHERE upper(thing.name) LIKE $2
         ORDER BY 1 %1$s LIMIT $7
    $names$, v_way, v_past)
     USING p_shop, v_like, p_states, p_since, p_until, p_after, p_limit, p_least, p_most;
END
$body$;
