"""Minor units to the decimal text of ISO 20022 files and back, in integers only."""

import re

EXPONENTS = {
    **dict.fromkeys(("CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF", "XPF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
DEFAULT_EXPONENT = 2
FILE_DIGITS = 5
FILE_UNIT = 100_000
DECIMAL_TEXT = re.compile(r"([0-9]{1,18})(?:\.([0-9]{1,17}))?")


def exponent(currency: str) -> int:
    """Return how many decimals the currency has."""
    return EXPONENTS.get(currency, DEFAULT_EXPONENT)


def decimal_text(amount_minor: int, currency: str) -> str:
    """Write minor units (not negative) as files do: `12345` of BRL is `123.45`."""
    digits = exponent(currency)
    if digits == 0:
        return str(amount_minor)
    whole, rest = divmod(amount_minor, 10**digits)
    return f"{whole}.{rest:0{digits}d}"


def file_units(text: str) -> int | None:
    """Read decimal text as hundred-thousandths, so that sums of any currency stay whole."""
    match = DECIMAL_TEXT.fullmatch(text.strip())
    if match is None:
        return None
    fraction = (match[2] or "").rstrip("0")
    if len(fraction) > FILE_DIGITS:
        return None
    return int(match[1]) * FILE_UNIT + int(fraction.ljust(FILE_DIGITS, "0"))


def minor_units(units: int, currency: str) -> int | None:
    """Turn hundred-thousandths into minor units; None when that would round."""
    scale: int = 10 ** (FILE_DIGITS - exponent(currency))
    return None if units % scale else units // scale
