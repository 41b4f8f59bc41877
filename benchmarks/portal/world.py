"""A shop with a long past, written by SQL in a minute: orders, talk, payments and payouts.

What no page of the portal looks at is left out: sources, quotes and proofs of the payments.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.portal import logs
from core.clock import business_now
from merchants.models import Product, Shop
from payments.services.marking import mark_owed

Tell = Callable[[str, Mapping[str, Any]], object]

FIRST_PARTY = 50_000_000
STATES = ["placed", "awaiting_payment", "paid", "preparing", "shipped", "completed", "cancelled"]

PARTIES = """
INSERT INTO people_party (id, public_id, kind, display_name, country, created_at)
SELECT %(first)s + n, 'pty_' || lpad(n::text, 8, '0'), 'person', 'Ana ' || n, 'BR', now()
  FROM generate_series(1, %(talks)s) AS n
"""
TALKS = """
INSERT INTO messaging_conversation
       (id, public_id, kind, title, low_party_id, high_party_id, last_seq, last_at, feed_xid,
        has_business, created_at)
SELECT %(first)s + n, 'cnv_' || lpad(n::text, 8, '0'), 'direct', '', %(party)s, %(first)s + n,
       %(each)s, now() - n * interval '1 minute', 0, true, now()
  FROM generate_series(1, %(talks)s) AS n
"""
MEMBERS = """
INSERT INTO messaging_member
       (conversation_id, party_id, read_seq, delivered_seq, joined_at, role, joined_seq,
        from_xid, from_row)
SELECT %(first)s + n, side.party, CASE WHEN n %% 20 = 0 THEN 0 ELSE %(each)s END, %(each)s, now(),
       'member', 0, 0, 0
  FROM generate_series(1, %(talks)s) AS n,
       LATERAL (VALUES (%(party)s), (%(first)s + n)) AS side(party)
"""
MESSAGES = """
INSERT INTO messaging_message
       (public_id, conversation_id, seq, sender_id, kind, content, content_ref, created_at)
SELECT 'msg_' || n || '_' || seq, %(first)s + n, seq,
       CASE WHEN seq %% 2 = 0 THEN %(party)s ELSE %(first)s + n END, 'text',
       '{"text": "Tem bolo de cenoura?"}', '', now() - (%(each)s - seq) * interval '1 minute'
  FROM generate_series(1, %(talks)s) AS n, generate_series(1, %(each)s) AS seq
"""
ORDERS = """
INSERT INTO merchants_order
       (id, public_id, shop_id, number, buyer_id, conversation_ref, state, payment_kind,
        payment_ref, total_minor, currency, note, placed_at, moved_at, expires_at, paid_at)
SELECT %(first)s + n, 'ord_' || lpad(n::text, 8, '0'), %(shop)s, n,
       %(first)s + n %% %(talks)s + 1, 'cnv_' || lpad((n %% %(talks)s + 1)::text, 8, '0'), state,
       '', CASE WHEN is_paid THEN 'pay_' || lpad(n::text, 8, '0') ELSE '' END, 1500, 'BRL', '',
       at, at, at + interval '30 minutes', CASE WHEN is_paid THEN at END
  FROM generate_series(1, %(orders)s) AS n,
       LATERAL (SELECT CASE WHEN n %% 50 = 0 THEN (%(states)s::text[])[n / 50 %% 7 + 1]
                            ELSE 'completed' END)
       AS its(state),
       LATERAL (SELECT state NOT IN ('placed', 'awaiting_payment', 'cancelled'),
                       now() - (%(orders)s - n) * interval '3 minutes') AS more(is_paid, at)
"""
LINES = """
INSERT INTO merchants_orderline
       (order_id, shop_id, position, product_id, name, quantity, unit_minor)
SELECT %(first)s + n, %(shop)s, 1, %(product)s, 'Pão francês', 10, 150
  FROM generate_series(1, %(orders)s) AS n
"""
PAYMENTS = """
INSERT INTO payments_payment
       (public_id, kind, country, payer_id, payee_id, amount_minor, fee_minor, currency, quote_id,
        source_id, proof_id, idempotency_key, state, failure_code, note, limits_taken, created_at,
        completed_at, refunding_minor, refunded_minor, fee_refunded_minor)
SELECT 'pay_' || lpad(n::text, 8, '0'), 'purchase', 'BR', %(first)s + n %% %(talks)s + 1,
       %(party)s, 1500, 59, 'BRL', n, n, 'prf_' || n, 'key-' || n,
       CASE WHEN n %% 40 = 1 THEN 'failed' WHEN is_back THEN 'partially_refunded'
            ELSE 'completed' END, '', '', '[]', at,
       CASE WHEN n %% 40 = 1 THEN NULL ELSE at END, 0, 0, 0
  FROM generate_series(1, %(orders)s) AS n,
       LATERAL (SELECT n %% 100 = 0, now() - (%(orders)s - n) * interval '3 minutes')
       AS its(is_back, at)
"""
BANKS = """
INSERT INTO payments_bank
       (slug, name, country_id, currency, timezone, national_id, rail, created_at)
SELECT 'banco-manga', 'Banco Manga', id, 'BRL', 'America/Sao_Paulo', '90000009', 'instant', now()
  FROM payments_country WHERE iso2 = 'BR'
    ON CONFLICT DO NOTHING
"""
PAYOUTS = """
INSERT INTO payments_payout
       (public_id, party_id, bank_id, account_token, account_last4, holder_name, gross_minor,
        fee_minor, net_minor, currency, state, bank_reference, reason, created_at)
SELECT 'pyo_' || lpad(day::text, 8, '0'), %(party)s, bank.id, 'tok', '4021', 'Padaria do Ze',
       sums.gross, sums.fee, sums.gross - sums.fee, 'BRL', 'ready', '', '', sums.at
  FROM payments_bank AS bank,
       LATERAL (SELECT id / %(a_day)s AS day, sum(amount_minor) AS gross, sum(fee_minor) AS fee,
                       max(completed_at) AS at
                  FROM (SELECT substr(public_id, 5)::bigint AS id, amount_minor, fee_minor,
                               completed_at
                          FROM payments_payment
                         WHERE payee_id = %(party)s AND completed_at IS NOT NULL) AS sold
                 WHERE id < %(orders)s - %(a_day)s
                 GROUP BY 1) AS sums
 WHERE bank.slug = 'banco-manga'
"""
ITEMS = """
INSERT INTO payments_payoutitem (payout_id, payment_id, gross_minor, fee_minor)
SELECT payout.id, payment.id, payment.amount_minor, payment.fee_minor
  FROM payments_payment AS payment
  JOIN payments_payout AS payout
    ON payout.public_id
       = 'pyo_' || lpad((substr(payment.public_id, 5)::bigint / %(a_day)s)::text, 8, '0')
 WHERE payment.payee_id = %(party)s AND payment.completed_at IS NOT NULL
"""
DISPUTES = """
INSERT INTO payments_dispute
       (public_id, payment_id, kind, reason, text, evidence, state, payer_id, payee_id,
        amount_minor, held_minor, short_minor, currency, approval_above_minor, proposed,
        decision_reason, created_at, answer_by, closed_at)
SELECT 'dsp_' || substr(public_id, 5), id, 'chargeback', 'other', 'Veio amassado.', '[]',
       'won', payer_id, payee_id, amount_minor, 0, 0, 'BRL', 0, '', '', created_at, created_at,
       created_at
  FROM payments_payment
 WHERE payee_id = %(party)s AND substr(public_id, 5)::bigint %% 400 = 100
"""
REFUNDS = """
INSERT INTO payments_refund
       (public_id, payment_id, amount_minor, fee_minor, currency, state, origin, reason, note,
        request_key, failure_code, created_at, closed_at)
SELECT 'rfd_' || substr(public_id, 5), id, 100, 3, 'BRL', 'completed', 'seller', 'damaged', '',
       'key-' || id, '', created_at, created_at
  FROM payments_payment
 WHERE payee_id = %(party)s AND substr(public_id, 5)::bigint %% 100 = 0
"""
ACCOUNTS = """
INSERT INTO payments_ledgeraccount (kind, currency, party_id, bank, balance, floor, takes_inbox)
SELECT kind, 'BRL', party, '', 0, NULL, false
  FROM (VALUES ('payable', %(party)s::bigint), ('suspense', NULL)) AS account(kind, party)
    ON CONFLICT DO NOTHING
"""
TRANSFERS = """
INSERT INTO payments_ledgertransfer
       (id, journal, kind, debit_id, credit_id, amount_minor, currency, payment_ref, at)
SELECT gen_random_uuid(), gen_random_uuid(), line.kind, line.debit_id, line.credit_id,
       line.amount_minor, 'BRL', payment.public_id, payment.completed_at
  FROM payments_payment AS payment,
       payments_ledgeraccount AS own, payments_ledgeraccount AS other,
       LATERAL (VALUES ('deliver', other.id, own.id, payment.amount_minor),
                       ('fee', own.id, other.id, payment.fee_minor))
       AS line(kind, debit_id, credit_id, amount_minor)
 WHERE payment.payee_id = %(party)s AND payment.completed_at IS NOT NULL
   AND own.kind = 'payable' AND own.party_id = %(party)s
   AND other.kind = 'suspense' AND other.currency = 'BRL'
 ORDER BY payment.completed_at
"""
TABLES = (
    "people_party",
    "messaging_conversation",
    "messaging_member",
    "messaging_message",
    "merchants_order",
    "merchants_orderline",
    "payments_payment",
    "payments_payout",
    "payments_payoutitem",
    "payments_dispute",
    "payments_refund",
    "payments_ledgertransfer",
    *logs.TABLES,
)
WRITTEN = (
    *(PARTIES, TALKS, MEMBERS, MESSAGES, ORDERS, LINES, PAYMENTS),
    *(BANKS, PAYOUTS, ITEMS, DISPUTES, REFUNDS, ACCOUNTS, TRANSFERS),
    *logs.WRITTEN,
)


@dataclass(frozen=True, slots=True)
class Size:
    """How many orders and payments, conversations, and messages in each of these."""

    orders: int
    talks: int
    each: int
    a_day: int = 480


def fill(shop: Shop, product: Product, size: Size, tell: Tell) -> None:
    """Give a shop its past: one order every three minutes, up to now.

    Args:
        shop: The shop.
        product: What is ordered.
        size: How long the past is.
        tell: Runs one statement with its values, as the owner of the tables.
    """
    facts: dict[str, Any] = {
        "first": FIRST_PARTY,
        "party": shop.party_id,
        "shop": shop.pk,
        "product": product.pk,
        "orders": size.orders,
        "talks": size.talks,
        "each": size.each,
        "a_day": size.a_day,
        "states": STATES,
        "acts": logs.ACTS,
    }
    for text in WRITTEN:
        tell(text, facts)
    tell("UPDATE merchants_shop SET last_order_number = %(orders)s", facts)
    mark_owed(moment=business_now())  # As the clock does every hour.
    for table in TABLES:
        # As the database does by itself, a little later.
        tell(f"VACUUM ANALYZE {table}", {})
