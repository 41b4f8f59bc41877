"""Amounts as people write them into fields and files; screens write them by Babel."""

import re

from core.money import Money, exponent

_PLAIN = re.compile(r"(?P<whole>[0-9]{1,9})(?:[.,](?P<part>[0-9]+))?")
_GROUPED = re.compile(
    r"(?P<whole>[1-9][0-9]{0,2}(?:(?P<sign>[., \u00a0\u202f])[0-9]{3})(?:(?P=sign)[0-9]{3})?)"
    r"(?:(?!(?P=sign))[.,](?P<part>[0-9]+))?"
)
# Thousands, lakhs and crores, as Bengali writes them: only the last group has three.
_IN_LAKHS = re.compile(r"(?P<whole>[1-9][0-9]?(?:,[0-9]{2}){1,2},[0-9]{3})(?:\.(?P<part>[0-9]+))?")


def plain_amount(amount: Money, sign: str = ".") -> str:
    """Return an amount in major units, without passing through a float: ``-1234.50``.

    Args:
        amount: The amount.
        sign: What stands before the decimals.
    """
    decimals = exponent(amount.currency)
    digits = str(abs(amount.amount_minor)).rjust(decimals + 1, "0")
    whole, rest = (digits[:-decimals], digits[-decimals:]) if decimals else (digits, "")
    minus = "-" if amount.amount_minor < 0 else ""
    return f"{minus}{whole}{sign}{rest}" if rest else f"{minus}{whole}"


def read_amount(text: str, currency: str) -> Money | None:
    """Return the amount that a person wrote, or None where it is not plainly one.

    Either digits with at most as many decimals as the currency has, after a comma or a point;
    or thousands in groups of three, all parted by the same sign, with the other sign before
    the decimals; or lakhs, as in ``12,34,567.50``. Nothing is rounded, and nothing that could mean
    two amounts is read.

    Args:
        text: Such as ``1.234,50``, ``1234.5`` or ``12``.
        currency: ISO 4217.
    """
    decimals = exponent(currency)
    for form in (_PLAIN, _GROUPED, _IN_LAKHS):
        found = form.fullmatch(text.strip())
        if found is not None and len(found["part"] or "") <= decimals:
            whole = "".join(filter(str.isdigit, found["whole"]))
            amount = int(whole + (found["part"] or "").ljust(decimals, "0"))
            return Money(amount, currency) if amount else None
    return None
