"""What somebody means who types a day or an amount into a search; anything else is words."""

import re
from collections.abc import Iterable
from datetime import date

from core.money import Money, exponent
from merchants.codes.amounts import read_amount

_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_FIRST = date(2000, 1, 1)
_BACK = 5  # Years: the 29th of February is among them.
_WRITTEN = re.compile(r"([0-9]{1,2})[/-]([0-9]{1,2})(?:[/-]([0-9]{4}))?")


def read_day(text: str, today: date) -> date | None:
    """Return the day that somebody wrote, or None where it is plainly none.

    Args:
        text: ``2026-11-25``, ``25/11/2026`` or ``25/11``: the day first, unless only the other way
            round is a day. Without a year it is the latest such day; one to come is none.
        today: The day on which it was typed.
    """
    if found := _ISO.fullmatch(text):
        days = [_day(int(found[1]), int(found[2]), int(found[3]))]
    elif found := _WRITTEN.fullmatch(text):
        years = [int(found[3])] if found[3] else range(today.year, today.year - _BACK, -1)
        ways = ((int(found[2]), int(found[1])), (int(found[1]), int(found[2])))
        days = [_day(year, month, day) for month, day in ways for year in years]
    else:
        return None
    return next((day for day in days if day and _FIRST <= day <= today), None)


def read_sum(text: str, currency: str, signs: Iterable[str]) -> Money | None:
    """Return the amount that somebody wrote, or None: a number alone is no amount.

    Args:
        text: With all its decimals, ``12,50``, or with the currency's sign, ``R$ 12``.
        currency: ISO 4217.
        signs: What the currency is called, such as ``R$`` and ``BRL``.
    """
    bare = text
    for sign in signs:
        bare = bare.removeprefix(sign).removesuffix(sign)
    decimals = exponent(currency)
    is_whole = decimals and re.fullmatch(rf".*[0-9][.,][0-9]{{{decimals}}}", bare)
    return read_amount(bare, currency) if is_whole or bare != text else None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
