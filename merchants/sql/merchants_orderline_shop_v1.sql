-- Writes beside a line whose it is: the shop of its order, whoever writes.
--
-- A shop's names of what was ordered are found by an index that begins with the shop.
CREATE OR REPLACE FUNCTION public.merchants_orderline_shop_v1() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp
AS $body$
DECLARE
    v_shop bigint;
BEGIN
    SELECT shop_id INTO v_shop FROM public.merchants_order WHERE id = NEW.order_id;
    IF NEW.shop_id <> v_shop THEN
        RAISE EXCEPTION 'a line of order % is of another shop', NEW.order_id
              USING ERRCODE = '23514', CONSTRAINT = 'merchants_orderline_shop_is_the_orders';
    END IF;
    NEW.shop_id := v_shop;
    RETURN NEW;
END
$body$;
