"""The frame that merchant-presented codes share: fields, their lengths and a checksum.

A field is two digits that name it, two that count the characters of its value, and the value; a
value may itself be such a row of fields. The last field, ``63``, seals the rest with a checksum.

Source: EMVCo, EMV QR Code Specification for Payment Systems, Merchant-Presented Mode 1.1, §3 and
§4.7: CRC-16 with polynomial 0x1021 and start 0xFFFF over the bytes up to and with ``6304``,
written as four capital hexadecimal digits.
"""

import binascii
import re
from collections.abc import Iterable, Mapping

from core.money import exponent
from payments.codes import CodeRefused, Reason

LONGEST = 512  # The specification's limit for the whole code.
LONGEST_VALUE = 99  # Two digits count it.
ACCOUNTS = tuple(f"{number:02d}" for number in range(26, 52))
"""Names of the fields in which a scheme keeps whom it pays; each begins with the scheme's name."""

# ISO 4217 numbers of the currencies of countries whose codes are read here.
CURRENCIES: Mapping[str, str] = {
    "986": "BRL",
    "356": "INR",
    "050": "BDT",
    "702": "SGD",
    "484": "MXN",
}
_SEAL = re.compile(r"6304([0-9A-F]{4})")
_AMOUNT = re.compile(r"([0-9]{1,10})(?:\.([0-9]{0,3}))?")
_LONGEST_AMOUNT = 13


def checksum(text: str) -> str:
    """Return the four digits that seal a text, which ends with ``6304``."""
    return f"{binascii.crc_hqx(text.encode(), 0xFFFF):04X}"


def write_field(name: str, value: str) -> str:
    """Return one field; an empty value gives no field at all.

    Raises:
        CodeRefused: The value is longer than two digits can say.
    """
    if not value:
        return ""
    if len(value) > LONGEST_VALUE:
        raise CodeRefused(Reason.TOO_LONG, f"field {name}")
    return f"{name}{len(value):02d}{value}"


def write_code(fields: Iterable[tuple[str, str]]) -> str:
    """Return a whole code: the fields in their order, sealed.

    Args:
        fields: Names and values without the checksum's.

    Raises:
        CodeRefused: A value or the whole is too long.
    """
    text = "".join(write_field(name, value) for name, value in fields) + "6304"
    if len(text) + 4 > LONGEST:
        raise CodeRefused(Reason.TOO_LONG, "the whole code")
    return text + checksum(text)


def read_code(text: str) -> dict[str, str]:
    """Return the fields of a code whose checksum and lengths are right.

    Args:
        text: As it was scanned or pasted, without spaces around.

    Raises:
        CodeRefused: It is too long, is no such code, or a single character of it is another.
    """
    if len(text) > LONGEST:
        raise CodeRefused(Reason.TOO_LONG, "the whole code")
    if not text.startswith("000201"):
        raise CodeRefused(Reason.UNKNOWN_KIND, "it does not begin with 000201")
    seal = _SEAL.fullmatch(text[-8:])
    if seal is None:
        raise CodeRefused(Reason.BROKEN_FIELDS, "it does not end with a checksum")
    if seal[1] != checksum(text[:-4]):
        raise CodeRefused(Reason.WRONG_CHECKSUM)
    fields = read_fields(text)
    if list(fields)[-1] != "63":
        raise CodeRefused(Reason.BROKEN_FIELDS, "the checksum is not the last field")
    return fields


def read_fields(text: str) -> dict[str, str]:
    """Return a row of fields by name.

    Raises:
        CodeRefused: A length is no number, leaves the text, or a name stands twice.
    """
    found: dict[str, str] = {}
    place = 0
    while place < len(text):
        head = text[place : place + 4]
        if len(head) < len("0000") or not (head.isascii() and head.isdigit()):
            raise CodeRefused(Reason.BROKEN_FIELDS, f"at {place}")
        name, length = head[:2], int(head[2:])
        value = text[place + 4 : place + 4 + length]
        if len(value) != length or length == 0 or name in found:
            raise CodeRefused(Reason.BROKEN_FIELDS, f"field {name}")
        found[name] = value
        place += 4 + length
    return found


def read_account(fields: Mapping[str, str], scheme: str) -> dict[str, str] | None:
    """Return the fields in which a scheme says whom it pays, or None when it is not there.

    Args:
        fields: Of the whole code.
        scheme: The scheme's name in lower case: writers do not agree on its letters.

    Raises:
        CodeRefused: The scheme stands there twice, or its fields are broken.
    """
    found = None
    for name in ACCOUNTS:
        value = fields.get(name, "")
        inner = read_fields(value) if value.startswith("00") else {}
        if inner.get("00", "").lower() != scheme:
            continue
        if found is not None:
            raise CodeRefused(Reason.BROKEN_FIELDS, f"{scheme} stands there twice")
        found = inner
    return found


def read_currency(fields: Mapping[str, str]) -> str:
    """Return the code's currency by its letters.

    Raises:
        CodeRefused: It names none, or one that no scheme known here uses.
    """
    number = needed(fields, "53")
    if number not in CURRENCIES:
        raise CodeRefused(Reason.UNKNOWN_CURRENCY, number)
    return CURRENCIES[number]


def read_amount(text: str, currency: str) -> int | None:
    """Return an amount in minor units, exactly; None for no amount.

    Raises:
        CodeRefused: It is no plain decimal, is finer than the currency, or is nothing.
    """
    if not text:
        return None
    match = _AMOUNT.fullmatch(text) if len(text) <= _LONGEST_AMOUNT else None
    digits = exponent(currency)
    fraction = (match[2] or "") if match else ""
    if match is None or not text.isascii() or len(fraction.rstrip("0")) > digits:
        raise CodeRefused(Reason.INVALID_AMOUNT, text[:_LONGEST_AMOUNT])
    amount_minor = int(match[1] + fraction[:digits].ljust(digits, "0"))
    if amount_minor == 0:
        raise CodeRefused(Reason.INVALID_AMOUNT, "nothing")
    return amount_minor


def write_amount(amount_minor: int | None, currency: str) -> str:
    """Return an amount as a code says it: 1234 of BRL is ``12.34``; nothing for None.

    Raises:
        CodeRefused: It is below 1 or does not fit the field's 13 characters.
    """
    if amount_minor is None:
        return ""
    digits = exponent(currency)
    whole, rest = divmod(amount_minor, 10**digits)
    text = f"{whole}.{rest:0{digits}d}" if digits else str(whole)
    if amount_minor < 1 or len(text) > _LONGEST_AMOUNT:
        raise CodeRefused(Reason.INVALID_AMOUNT, str(amount_minor))
    return text


def needed(fields: Mapping[str, str], name: str) -> str:
    """Return the value of a field that must be there.

    Raises:
        CodeRefused: It is not.
    """
    if name not in fields:
        raise CodeRefused(Reason.MISSING_FIELD, f"field {name}")
    return fields[name]
