"""What a busy shop's logs hold: what its team did, what its programs called and were told.

Written by SQL like the rest of the past; the key, the endpoint and the news are one each.
"""

AUDIT = """
INSERT INTO people_auditentry (actor_id, actor_login, action, object_ref, before, after, reason, at)
SELECT member.person_id, person.login, (%(acts)s::text[])[n %% 4 + 1], shop.public_id, '{}', '{}',
       '', now() - (%(orders)s - n) * interval '3 minutes'
  FROM merchants_shop AS shop
  JOIN merchants_teammember AS member ON member.shop_id = shop.id AND member.role = 'owner'
  JOIN people_person AS person ON person.id = member.person_id,
       generate_series(1, %(orders)s) AS n
 WHERE shop.id = %(shop)s
"""
KEYS = """
INSERT INTO merchants_shopkey
       (public_id, shop_id, name, scopes, hint, token_hash, made_at, addresses)
SELECT 'key_00000001', %(shop)s, 'Caixa', '{orders}', 'sk_…1234', sha256('key'), now(), '{}'
"""
CALLS = """
INSERT INTO merchants_shopcall
       (shop_id, key_id, at, method, path, http_status, took_ms, request_id)
SELECT %(shop)s, key.id, now() - (%(orders)s - n) * interval '3 seconds', 'GET',
       '/v1/shop/orders/ord_' || lpad(n::text, 8, '0'), CASE WHEN n %% 1000 = 0 THEN 403 ELSE 200
       END, 12, 'req_' || n
  FROM merchants_shopkey AS key, generate_series(1, %(orders)s) AS n
 WHERE key.public_id = 'key_00000001'
"""
ENDPOINTS = """
INSERT INTO merchants_webhookendpoint
       (public_id, shop_id, dialect, url, description, kinds, secret, old_secret, state, stop,
        exhausted, made_at)
SELECT 'whk_00000001', %(shop)s, 'standard', 'https://padaria.example/hook', '', '{}', '', '',
       'enabled', '', 0, now()
"""
EVENTS = """
INSERT INTO merchants_webhookevent (public_id, shop_id, kind, ref, facts, at)
SELECT 'evt_' || lpad(n::text, 8, '0'), %(shop)s, 'order.paid', 'ord_' || lpad(n::text, 8, '0'),
       '{}', now() - (%(orders)s - n) * interval '3 minutes'
  FROM generate_series(1, %(orders)s) AS n
"""
DELIVERIES = """
INSERT INTO merchants_webhookdelivery
       (public_id, endpoint_id, event_id, state, body, tries, begun_at, due_at, ended_at)
SELECT 'dlv_' || substr(event.public_id, 5), hook.id, event.id,
       CASE WHEN event.id %% 1000 = 0 THEN 'parked' ELSE 'delivered' END, '{}', 1, event.at,
       event.at, event.at
  FROM merchants_webhookevent AS event, merchants_webhookendpoint AS hook
 WHERE event.shop_id = %(shop)s AND hook.public_id = 'whk_00000001'
"""
ATTEMPTS = """
INSERT INTO merchants_webhookattempt (delivery_id, at, outcome, http_status, took_ms, answer)
SELECT id, begun_at, 'answered', CASE WHEN state = 'parked' THEN 500 ELSE 200 END, 41, ''
  FROM merchants_webhookdelivery
"""
LINKS = """
INSERT INTO merchants_paymentlink
       (public_id, code, shop_id, title, amount_minor, currency, most_uses, created_at,
        created_key_id)
SELECT 'lnk_' || lpad(n::text, 8, '0'), 'c' || lpad(n::text, 12, '0'), %(shop)s, 'Mesa ' || n,
       1500, 'BRL', 1000000, now() - (%(orders)s - n) * interval '1 minute', key.id
  FROM merchants_shopkey AS key, generate_series(1, %(orders)s / 100) AS n
 WHERE key.public_id = 'key_00000001'
"""
USES = """
INSERT INTO merchants_linkuse
       (public_id, link_id, payer_id, amount_minor, opened_at, expires_at, payment_ref, paid_at)
SELECT 'use_' || lpad(n::text, 8, '0'), link.id, %(first)s + n %% %(talks)s + 1, 1500, its.at,
       its.at + interval '10 minutes', 'pay_' || lpad(n::text, 8, '0'), its.at
  FROM merchants_paymentlink AS link, generate_series(1, %(orders)s / 10) AS n,
       LATERAL (SELECT now() - (%(orders)s - n) * interval '3 minutes') AS its(at)
 WHERE link.public_id = 'lnk_00000001'
"""
NEWS = """
INSERT INTO merchants_broadcast
       (public_id, shop_id, author_id, text, client_id, state, starts_at, created_at, ended_at)
SELECT 'nws_00000001', %(shop)s, member.person_id, 'Hoje tem broa.', '', 'done', now(), now(), now()
  FROM merchants_teammember AS member
 WHERE member.shop_id = %(shop)s AND member.role = 'owner'
"""
RECIPIENTS = """
INSERT INTO merchants_recipient (broadcast_id, party_id, state, reached_at)
SELECT news.id, %(first)s + n, 'sent', now()
  FROM merchants_broadcast AS news, generate_series(1, %(talks)s) AS n
 WHERE news.public_id = 'nws_00000001'
"""
ACTS = ["shop.changed", "catalogue.reordered", "webhook.changed", "team.role_changed"]
TABLES = (
    "people_auditentry",
    "merchants_shopcall",
    "merchants_webhookevent",
    "merchants_webhookdelivery",
    "merchants_webhookattempt",
    "merchants_paymentlink",
    "merchants_linkuse",
    "merchants_recipient",
)
WRITTEN = (
    *(AUDIT, KEYS, CALLS, ENDPOINTS, EVENTS, DELIVERIES, ATTEMPTS),
    *(LINKS, USES, NEWS, RECIPIENTS),
)
