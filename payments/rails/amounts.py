"""Minor units to the decimal text of ISO 20022 and back, in integers only."""

import re

from core.money import exponent

_DECIMAL = re.compile(r"([0-9]{1,18})(?:\.([0-9]{1,5}))?")


def decimal_text(amount_minor: int, currency: str) -> str:
    """Write an amount, not negative, as files do: 12345 of BRL is ``123.45``."""
    digits = exponent(currency)
    if digits == 0:
        return str(amount_minor)
    whole, rest = divmod(amount_minor, 10**digits)
    return f"{whole}.{rest:0{digits}d}"


def minor_units(text: str, currency: str) -> int:
    """Read an amount of a file exactly.

    Raises:
        ValueError: It is no plain decimal, or has more decimals than the currency.
    """
    match = _DECIMAL.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no amount")
    digits = exponent(currency)
    fraction = (match[2] or "").rstrip("0")
    if len(fraction) > digits:
        raise ValueError(f"{text!r} is finer than {currency} is")
    return int(match[1] + fraction.ljust(digits, "0"))
