"""An order in plain words, for inboxes that show no orders: numbers, names, and no language."""

from babel import Locale
from babel.numbers import format_currency

from core.money import Money, exponent
from merchants.queries.orders import OrderFacts

MOST_LINES = 20


def summary_of(order: OrderFacts, country: str) -> str:
    """Return an order's number, lines, total and note as a text.

    Args:
        order: The order.
        country: Where it was placed; its amounts are written as they are there.
    """
    locale = Locale.parse(f"und_{country}")
    lines = [
        f"{each.quantity} × {each.name}: {_amount(each.total, locale)}"  # noqa: RUF001 - As shops write.
        for each in order.lines[:MOST_LINES]
    ]
    if len(order.lines) > MOST_LINES:
        lines.append(f"… +{len(order.lines) - MOST_LINES}")
    note = [order.note] if order.note else []
    return "\n".join([f"#{order.number}: {_amount(order.total, locale)}", *lines, *note])


def _amount(money: Money, locale: Locale) -> str:
    digits = exponent(money.currency)
    whole, rest = divmod(money.amount_minor, 10**digits)
    text = f"{whole}.{rest:0{digits}d}" if digits else str(whole)
    return format_currency(text, money.currency, locale=locale).replace("\xa0", " ")
