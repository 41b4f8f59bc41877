"""What a statement says: the equation of its days, and each day of it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, dates, numbers
from django.utils.translation import gettext_lazy as _

from core.errors import InputInvalid
from core.money import Money
from merchants.codes.amounts import plain_amount
from merchants.codes.statements import PARTS, Frame, part_of
from merchants.models import Shop
from payments.queries.shop_ledger import OwedLine, owed_before, owed_days, owed_lines
from people.queries import party_by_id

MOST_DAYS = 366
_CURSOR = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class DayOfStatement:
    """One day on which something changed: each part of the equation, and what is owed after it."""

    day: date
    parts: Mapping[str, Money]
    owed: Money


@dataclass(frozen=True, slots=True)
class StatementFacts:
    """The equation: opening, plus every part, is closing; each part has its sign."""

    opening: Money
    parts: Mapping[str, Money]
    closing: Money
    days: tuple[DayOfStatement, ...]


@dataclass(frozen=True, slots=True)
class LinesPage:
    """Some lines of a statement; all of them bring ``opening`` to ``closing``."""

    opening: Money
    closing: Money
    lines: tuple[OwedLine, ...]
    next: str | None


def statement(
    party_id: int, first_day: date, last_day: date, tz: str, currency: str = ""
) -> StatementFacts:
    """Return what a statement of some days says, from the books.

    Six queries where the currency is given, ten else.

    Args:
        party_id: The shop's party.
        first_day: The first day, in ``tz``.
        last_day: The last day.
        tz: IANA time zone that cuts the days.
        currency: The shop's; empty: it is asked for.
    """
    span = (_midnight(first_day, tz), _midnight(last_day + timedelta(days=1), tz))
    opening = owed_before(party_id, span[0], currency)
    nothing = Money(0, opening.currency)
    sums = dict.fromkeys(PARTS, nothing)
    by_day: dict[date, dict[str, Money]] = {}
    for each in owed_days(party_id, span, tz, currency):
        part = part_of(each.kind)
        parts = by_day.setdefault(each.day, dict.fromkeys(PARTS, nothing))
        parts[part] = parts[part] + each.delta
        sums[part] = sums[part] + each.delta
    owed, days = opening, []
    for day, parts in sorted(by_day.items()):
        owed = sum(parts.values(), start=owed)
        days.append(DayOfStatement(day, parts, owed))
    return StatementFacts(opening, sums, owed, tuple(days))


def statement_lines(
    shop: tuple[int, str, str], days: tuple[date, date], cursor: str | None, limit: int
) -> LinesPage:
    """Return one page of a statement's lines, in the order of the books; nine queries.

    Args:
        shop: The shop's party, the IANA time zone that cuts its days, and its currency.
        days: The first and the last day.
        cursor: What the page before gave; None for the first.
        limit: How many at most.

    Raises:
        InputInvalid: The days are none or too many, or the cursor is not one of this list.
    """
    (party_id, tz, currency), (first, last) = shop, days
    if not 0 <= (last - first).days < MOST_DAYS:
        raise InputInvalid(field_errors={"last_day": [{"code": "invalid"}]})
    if cursor is not None and not _CURSOR.fullmatch(cursor):
        raise InputInvalid(_("The cursor is not one of this list."))
    span = (_midnight(first, tz), _midnight(last + timedelta(days=1), tz))
    found = owed_lines(party_id, span, int(cursor or 0), limit + 1, currency)
    return LinesPage(
        opening=owed_before(party_id, span[0], currency),
        closing=owed_before(party_id, span[1], currency),
        lines=tuple(found[:limit]),
        next=str(found[limit - 1].seq) if len(found) > limit else None,
    )


def span_of(wish: Mapping[str, Any], tz: str) -> tuple[datetime, datetime]:
    """Return the moments between which a statement's lines lie."""
    first, last = date.fromisoformat(wish["first_day"]), date.fromisoformat(wish["last_day"])
    return _midnight(first, tz), _midnight(last + timedelta(days=1), tz)


def frame_of(shop: Shop, wish: Mapping[str, Any]) -> Frame:
    """Return what stands around a statement that was asked for."""
    party = party_by_id(shop.party_id)
    first, last = date.fromisoformat(wish["first_day"]), date.fromisoformat(wish["last_day"])
    locale = Locale.parse(wish["language"].replace("-", "_"))
    span = " - ".join(dates.format_date(day, "medium", locale=locale) for day in (first, last))
    return Frame(
        shop=shop.name,
        legal_name=(party.legal_name if party else "") or shop.name,
        shop_ref=shop.public_id,
        first_day=first,
        last_day=last,
        timezone=shop.timezone,
        opening=owed_before(shop.party_id, _midnight(first, shop.timezone)),
        words={**wish["words"], "span": span},
        language=wish["language"],
    )


def written_days(
    shop: Shop, wish: Mapping[str, Any], frame: Frame
) -> tuple[dict[str, str], Sequence[Sequence[str]]]:
    """Return a statement's equation and days, written for people in the wish's language."""
    first, last = frame.first_day, frame.last_day
    facts = statement(shop.party_id, first, last, shop.timezone, shop.currency)
    locale = Locale.parse(wish["language"].replace("-", "_"))

    def money(amount: Money) -> str:
        return numbers.format_currency(plain_amount(amount), amount.currency, locale=locale)

    sums = {name: money(amount) for name, amount in facts.parts.items()}
    sums |= {"opening": money(facts.opening), "closing": money(facts.closing)}
    days = [
        (
            dates.format_date(each.day, "short", locale=locale),
            *(money(each.parts[part]) for part in PARTS),
            money(each.owed),
        )
        for each in facts.days
    ]
    return sums, days


def _midnight(day: date, tz: str) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(tz))
