"""Ways to be paid that Troco does not carry: whom each pays, and what the payer is shown.

Where a country is not open a shop shows its own code, number or link, and the payer's own bank or
wallet does the rest. What is kept is the payee in the scheme's written form; what is shown is
written anew for each order, with its amount, so that a kept picture cannot go stale.

Schemes with a public code get one to scan: Pix, UPI, SEPA transfers, PayNow, links. A bKash
merchant number, a till number and a CLABE have none that every wallet reads; they are copied.

Sources: as ``br_code`` and ``foreign``; the CLABE's control digit is Banxico's (weights 3, 7, 1);
bKash merchant numbers are mobile numbers of Bangladesh; till numbers are Safaricom's, 5 to 7
digits.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from urllib.parse import quote, urlencode

from stdnum import iban
from stdnum.exceptions import ValidationError
from stdnum.sg import uen

from payments.codes import CodeRefused, Reason, emv
from payments.codes.br_code import CURRENCY, BrCode, plain_text, write_br_code
from payments.codes.foreign import Scheme, read_scanned, read_vpa
from payments.codes.pix_keys import read_pix_key
from people.phones import PhoneInvalid, parse_phone

LONGEST_PAYEE = 300
_BKASH = re.compile(r"\+8801[3-9][0-9]{8}")
_TILL = re.compile(r"[0-9]{5,7}")
_CLABE = re.compile(r"[0-9]{18}")
_CLABE_WEIGHTS = (3, 7, 1)
_SINGAPORE = "+65"
_EPC_LONGEST_NAME = 70
_UPI_LONGEST_NOTE = 80


class MeansKind(StrEnum):
    """The ways that are known here."""

    PIX = "pix"
    UPI = "upi"
    EPC = "epc"
    BKASH = "bkash"
    PAYNOW = "paynow"
    CLABE = "clabe"
    TILL = "till"
    LINK = "link"


_EURO = [
    "AT",
    "BE",
    "CY",
    "DE",
    "EE",
    "ES",
    "FI",
    "FR",
    "GR",
    "HR",
    "IE",
    "IT",
    "LT",
    "LU",
    "LV",
    "MT",
    "NL",
    "PT",
    "SI",
    "SK",
]

_AT_HOME: Mapping[str, MeansKind] = MappingProxyType(
    {
        "BR": MeansKind.PIX,
        "IN": MeansKind.UPI,
        "BD": MeansKind.BKASH,
        "SG": MeansKind.PAYNOW,
        "MX": MeansKind.CLABE,
        "KE": MeansKind.TILL,
        **dict.fromkeys(_EURO, MeansKind.EPC),
    }
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the payer is to be told of one payment.

    Attributes:
        name: Whom the account belongs to, as the shop says.
        amount_minor: Minor units, at least 1.
        currency: ISO 4217.
        reference: Letters and digits by which the shop tells the payment apart, 1 to 25.
        city: Where the payee is; Pix needs one.
    """

    name: str
    amount_minor: int
    currency: str
    reference: str
    city: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the payer is shown.

    Attributes:
        text: What is copied: the code, the number or the link.
        code: What the picture says; empty where the scheme has none that every wallet reads.
    """

    text: str
    code: str = ""


def kinds_of(country: str) -> tuple[MeansKind, ...]:
    """Return the ways that shops of a country can offer; a link is one everywhere."""
    own = _AT_HOME.get(country)
    return (own, MeansKind.LINK) if own else (MeansKind.LINK,)


def read_payee(kind: MeansKind, text: str) -> str:
    """Return a payee in the scheme's written form.

    Args:
        kind: The way.
        text: As a person wrote it; blanks and the usual punctuation may stand in numbers.

    Raises:
        CodeRefused: It is no payee of that kind, or its check digit is wrong.
    """
    plain = text.strip()
    if not plain:
        raise CodeRefused(Reason.EMPTY)
    if len(plain) > LONGEST_PAYEE:
        raise CodeRefused(Reason.TOO_LONG)
    if any(unicodedata.category(letter) == "Cc" for letter in plain):
        raise CodeRefused(Reason.INVALID_PAYEE, "a line break or the like stands in it")
    found = _READERS[kind](plain)
    if not found.isascii():
        raise CodeRefused(Reason.INVALID_PAYEE, "digits or letters of another script")
    return found


def write_means(kind: MeansKind, payee: str, asked: Asked) -> Shown:
    """Return what the payer of one amount is shown.

    Args:
        kind: The way.
        payee: As ``read_payee`` returned it.
        asked: Name, amount and reference.

    Raises:
        CodeRefused: The amount's currency is not the scheme's, or a part fits no code.
    """
    if kind in _WRITERS:
        return _WRITERS[kind](payee, asked)
    return Shown(payee)


def _read_pix(text: str) -> str:
    return read_pix_key(text).text


def _read_iban(text: str) -> str:
    try:
        found = str(iban.validate(text))
    except ValidationError as error:
        raise CodeRefused(Reason.INVALID_PAYEE, "IBAN") from error
    return found


def _read_bkash(text: str) -> str:
    number = _phone(text, "+88")
    if not _BKASH.fullmatch(number):
        raise CodeRefused(Reason.INVALID_PAYEE, "no mobile number of Bangladesh")
    return number


def _read_paynow(text: str) -> str:
    """Return a mobile number of Singapore with its ``+65``, or a company's UEN."""
    compact = uen.compact(text)
    if uen.is_valid(compact):
        return str(uen.validate(compact))
    number = _phone(text, _SINGAPORE)
    if not number.startswith(_SINGAPORE):
        raise CodeRefused(Reason.INVALID_PAYEE, "no number of Singapore")
    return number


def _read_clabe(text: str) -> str:
    """Return eighteen digits whose last one is right."""
    digits = re.sub(r"[ -]", "", text)
    if not (digits.isascii() and _CLABE.fullmatch(digits)):
        raise CodeRefused(Reason.INVALID_PAYEE, "a CLABE has 18 digits")
    if digits[-1] != clabe_check_digit(digits[:-1]):
        raise CodeRefused(Reason.INVALID_PAYEE, "a CLABE with a wrong check digit")
    return digits


def clabe_check_digit(first_17: str) -> str:
    """Return the eighteenth digit of a CLABE.

    Each digit times 3, 7 or 1 in turn, only the last digit of each product; what is missing to
    the next ten.
    """
    total = sum(int(digit) * _CLABE_WEIGHTS[place % 3] % 10 for place, digit in enumerate(first_17))
    return str(-total % 10)


def _read_till(text: str) -> str:
    digits = text.replace(" ", "")
    if not (digits.isascii() and _TILL.fullmatch(digits)):
        raise CodeRefused(Reason.INVALID_PAYEE, "a till number has 5 to 7 digits")
    return digits


def _read_link(text: str) -> str:
    found = read_scanned(text)
    if found.scheme not in {Scheme.LINK, Scheme.BKASH}:
        raise CodeRefused(Reason.UNSAFE_LINK, "no link")
    return text


def _phone(text: str, country_code: str) -> str:
    """Return a phone number; one without ``+`` is taken for one of the country."""
    try:
        return parse_phone(text if text.startswith("+") else country_code + text)
    except PhoneInvalid as error:
        raise CodeRefused(Reason.INVALID_PAYEE, "no phone number") from error


def _write_pix(payee: str, asked: Asked) -> Shown:
    _expect(asked, CURRENCY)
    code = write_br_code(
        BrCode(
            name=asked.name,
            city=asked.city,
            key=read_pix_key(payee),
            amount_minor=asked.amount_minor,
            txid=asked.reference,
        )
    )
    return Shown(code, code)


def _write_upi(payee: str, asked: Asked) -> Shown:
    _expect(asked, "INR")
    fields = {
        "pa": payee,
        "pn": asked.name,
        "am": emv.write_amount(asked.amount_minor, "INR"),
        "cu": "INR",
        "tn": asked.reference[:_UPI_LONGEST_NOTE],
        "tr": asked.reference,
    }
    link = "upi://pay?" + urlencode(fields, quote_via=quote, safe="@")
    return Shown(link, link)


def _write_epc(payee: str, asked: Asked) -> Shown:
    """Return a SEPA transfer: the picture for bank apps, the IBAN for hands."""
    _expect(asked, "EUR")
    name = plain_text(asked.name, _EPC_LONGEST_NAME)
    amount = f"EUR{emv.write_amount(asked.amount_minor, 'EUR')}"
    lines = ["BCD", "002", "1", "SCT", "", name, payee, amount, "", "", asked.reference]
    code = "\n".join(lines)
    read_scanned(code)
    return Shown(payee, code)


def _write_paynow(payee: str, asked: Asked) -> Shown:
    _expect(asked, "SGD")
    is_mobile = payee.startswith("+")
    account = "".join(
        (
            emv.write_field("00", "SG.PAYNOW"),
            emv.write_field("01", "0" if is_mobile else "2"),
            emv.write_field("02", payee),
            emv.write_field("03", "0"),
        )
    )
    code = emv.write_code(
        [
            ("00", "01"),
            ("01", "12"),
            ("26", account),
            ("52", "0000"),
            ("53", "702"),
            ("54", emv.write_amount(asked.amount_minor, "SGD")),
            ("58", "SG"),
            ("59", plain_text(asked.name, 25) or "SHOP"),
            ("60", "Singapore"),
            ("62", emv.write_field("01", asked.reference)),
        ]
    )
    return Shown(payee, code)


def _write_link(payee: str, _asked: Asked) -> Shown:
    return Shown(payee, payee)


def _expect(asked: Asked, currency: str) -> None:
    if asked.currency != currency:
        raise CodeRefused(Reason.UNKNOWN_CURRENCY, asked.currency)


_READERS: Mapping[MeansKind, Callable[[str], str]] = MappingProxyType(
    {
        MeansKind.PIX: _read_pix,
        MeansKind.UPI: read_vpa,
        MeansKind.EPC: _read_iban,
        MeansKind.BKASH: _read_bkash,
        MeansKind.PAYNOW: _read_paynow,
        MeansKind.CLABE: _read_clabe,
        MeansKind.TILL: _read_till,
        MeansKind.LINK: _read_link,
    }
)
_WRITERS: Mapping[MeansKind, Callable[[str, Asked], Shown]] = MappingProxyType(
    {
        MeansKind.PIX: _write_pix,
        MeansKind.UPI: _write_upi,
        MeansKind.EPC: _write_epc,
        MeansKind.PAYNOW: _write_paynow,
        MeansKind.LINK: _write_link,
    }
)
