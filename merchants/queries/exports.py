"""All that a shop has, as rows of files: what it takes along, or looks through at home."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any, Final

from merchants.codes.amounts import plain_amount
from merchants.codes.catalogue_sheet import HEAD
from merchants.codes.sheets import in_zone
from merchants.models import Order, Product
from merchants.queries.catalogue import handles_among, products_with, shelf_keys
from merchants.queries.customers import Customer, CustomerFilter, customers_listed
from merchants.queries.order_search import OrderFilter
from merchants.queries.orders import OrderFacts, orders_of_shop
from merchants.queries.product_sheet import sheet_lines
from merchants.queries.shops import ShopFacts
from payments.queries.payments import PaymentFilter, PaymentSnapshot
from payments.queries.shop import PayoutFacts, count_payouts, shop_payments, shop_payouts, shop_sums
from people.queries import proof_methods
from people.services.acts import ActFacts, acts_upon, count_acts

ACT_HEAD: Final = ("at", "who", "what", "before", "after", "reason", "time_zone")

Row = Sequence[str]
Page = tuple[list[Row], str | None]


@dataclass(frozen=True, slots=True)
class Sheet:
    """One file: its name, its columns, and a page of its rows from a cursor on."""

    name: str
    head: Sequence[str]
    page: Callable[[ShopFacts, str | None, int], Page]


def sheet_sizes(shop: ShopFacts) -> int:
    """Return how many rows all files come to, as of now; customers are counted as they are met."""
    sold = PaymentFilter(direction="received", timezone=shop.timezone)
    return sum(
        (
            Product.objects.filter(shop_id=shop.id).count(),
            Order.objects.filter(shop_id=shop.id).count(),
            Order.objects.filter(shop_id=shop.id).values("buyer_id").distinct().count(),
            shop_sums(shop.party_id, sold, shop.currency).count,
            count_payouts(shop.party_id),
            count_acts(shop.public_id),
        )
    )


def _products(*, is_archived: bool) -> Callable[[ShopFacts, str | None, int], Page]:
    """Return the pages of the shelf, in the order in which it stood at the first of them.

    Each page is a step of its own, and a product may be moved between two. So the cursor holds
    the keys of all of them, and how many are done; a shop has ten thousand at most.
    """

    def page(shop: ShopFacts, cursor: str | None, limit: int) -> Page:
        done, keys = _read_shelf(cursor) if cursor else (0, None)
        if keys is None:
            keys = shelf_keys(shop.id, is_archived=is_archived)
        found = products_with(shop.id, keys[done : done + limit], is_archived=is_archived)
        # What stands on an earlier page has the pictures of its handle there.
        pictured = handles_among(shop.id, keys[:done], found)
        lines: list[Row] = [line for each in found for line in sheet_lines(each, pictured)]
        done += limit
        return lines, _write_shelf(done, keys) if done < len(keys) else None

    return page


def _write_shelf(done: int, keys: Sequence[int]) -> str:
    """Write keys as steps from one to the next: of a shelf nobody arranged, all of them are 1."""
    steps = [key - before for before, key in zip((0, *keys), keys, strict=False)]
    return f"{done}:{','.join(map(str, steps))}"


def _read_shelf(cursor: str) -> tuple[int, list[int]]:
    done, _colon, steps = cursor.partition(":")
    return int(done), list(accumulate(map(int, steps.split(","))))


def _orders(shop: ShopFacts, cursor: str | None, limit: int) -> Page:
    found, following = orders_of_shop(shop.id, OrderFilter(), cursor, limit)
    return [_order(each, shop.timezone) for each in found], following


def _payments(shop: ShopFacts, cursor: str | None, limit: int) -> Page:
    wanted = PaymentFilter(direction="received", timezone=shop.timezone)
    found, following = shop_payments(shop.party_id, wanted, cursor, limit)
    methods = proof_methods(each.id for each in found)
    return [(*_payment(each, shop.timezone), methods.get(each.id, "")) for each in found], following


def _customers(shop: ShopFacts, cursor: str | None, limit: int) -> Page:
    found, following = customers_listed(shop, CustomerFilter(sort="first"), cursor, limit)
    return [_customer(each, shop.timezone) for each in found], following


def _payouts(shop: ShopFacts, cursor: str | None, limit: int) -> Page:
    found, following = shop_payouts(shop.party_id, cursor, limit)
    return [_payout(each, shop.timezone) for each in found], following


def _acts(shop: ShopFacts, cursor: str | None, limit: int) -> Page:
    found, following = acts_upon(shop.public_id, cursor=cursor, limit=limit)
    return [act_line(each, shop.timezone) for each in found], following


SHEETS: Final[Sequence[Sheet]] = (
    Sheet("products.csv", HEAD, _products(is_archived=False)),
    Sheet("products-archived.csv", HEAD, _products(is_archived=True)),
    Sheet(
        "orders.csv",
        (
            *("number", "id", "placed_at", "state", "customer", "customer_id", "items", "pieces"),
            *("total", "currency", "paid_at", "payment", "note", "time_zone"),
        ),
        _orders,
    ),
    Sheet(
        "payments.csv",
        (
            *("id", "created_at", "completed_at", "state", "customer", "customer_id", "amount"),
            *("fee", "refunds", "net", "currency", "paid_for", "time_zone", "confirmed_by"),
        ),
        _payments,
    ),
    Sheet(
        "customers.csv",
        (
            *("id", "name", "orders", "paid_orders", "spent", "currency", "since", "last_order"),
            *("wants_news", "time_zone"),
        ),
        _customers,
    ),
    Sheet(
        "payouts.csv",
        (
            *("id", "state", "created_at", "gross", "fee", "refunds", "held", "net", "currency"),
            *("payments", "bank", "reference", "time_zone"),
        ),
        _payouts,
    ),
    Sheet(
        "team-activity.csv",
        ACT_HEAD,
        _acts,
    ),
)


def _order(order: OrderFacts, zone: str) -> Row:
    return (
        str(order.number),
        order.public_id,
        in_zone(order.placed_at, zone),
        order.state.value,
        order.buyer.display_name,
        order.buyer.public_id,
        "; ".join(f"{line.quantity} x {line.name}" for line in order.lines),
        str(order.pieces),
        plain_amount(order.total),
        order.total.currency,
        _at(order.paid_at, zone),
        order.payment_ref,
        order.note,
        zone,
    )


def _payment(payment: PaymentSnapshot, zone: str) -> Row:
    back = payment.refunded + payment.refunding - payment.fee_refunded
    net = payment.amount - payment.fee - back
    return (
        payment.id,
        in_zone(payment.created_at, zone),
        _at(payment.completed_at, zone),
        payment.state,
        payment.payer.display_name,
        payment.payer.public_id,
        plain_amount(payment.amount),
        plain_amount(payment.fee),
        plain_amount(back),
        plain_amount(net) if payment.completed_at else "",
        payment.amount.currency,
        payment.demand_reference or "",
        zone,
    )


def _customer(customer: Customer, zone: str) -> Row:
    summary = customer.summary
    return (
        customer.party.public_id,
        customer.party.display_name,
        str(summary.orders),
        str(summary.paid_orders),
        plain_amount(summary.spent),
        summary.spent.currency,
        _at(summary.since, zone),
        _at(summary.last_at, zone),
        {True: "yes", False: "no", None: ""}[customer.news],
        zone,
    )


def _payout(payout: PayoutFacts, zone: str) -> Row:
    return (
        payout.id,
        payout.state,
        in_zone(payout.created_at, zone),
        *(plain_amount(each) for each in (payout.gross, payout.fee, payout.refunds)),
        *(plain_amount(each) for each in (payout.held, payout.net)),
        payout.net.currency,
        str(payout.payment_count),
        payout.bank,
        payout.bank_reference,
        zone,
    )


def act_line(act: ActFacts, zone: str) -> Row:
    """Return an act as a line of a file: its names are those of the code."""
    return (
        in_zone(act.at, zone),
        "Troco" if act.is_staff else act.actor_name or act.program,
        act.action,
        _told(act.before),
        _told(act.after),
        act.reason,
        zone,
    )


def _told(facts: Mapping[str, Any]) -> str:
    return "; ".join(f"{name}: {value}" for name, value in facts.items())


def _at(moment: datetime | None, zone: str) -> str:
    return in_zone(moment, zone) if moment else ""
