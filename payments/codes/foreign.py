"""Whatever a camera finds: telling which kind of code it is, and reading it as that kind only.

Read here, besides Brazil's: India's (Bharat QR with a UPI address, and ``upi://pay``),
Singapore's (PayNow, alone or in an SGQR), the euro area's transfer code, bKash's links, and plain
links. A code of any other scheme is refused by its name, never read by the rules of a neighbour.

A code in which cards stand carries card numbers, and those never enter Troco: it is refused
unless an account that is none stands beside them.

Sources: NPCI, Bharat QR 4.0 (field 26, ``A000000524``) and UPI Linking Specification 1.6; the
Association of Banks in Singapore, PayNow in SGQR (``SG.PAYNOW``); European Payments Council,
EPC069-12 3.0.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from types import MappingProxyType
from urllib.parse import parse_qsl, urlsplit

from stdnum import iban
from stdnum.exceptions import ValidationError
from stdnum.sg import uen

from payments.codes import CodeRefused, Reason, emv
from payments.codes.br_code import CURRENCY, SCHEME, BrCode, read_br_code
from people.phones import PhoneInvalid, parse_phone

_LONGEST_INPUT = 2000
_BHARAT = "0010a000000524"  # India's scheme names itself in 26 and again, with a reference, in 27.
_PAYNOW = "sg.paynow"
_CARD_FIELDS = frozenset(f"{number:02d}" for number in range(2, 26))
_VPA = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,254}@[A-Za-z][A-Za-z0-9.-]{1,63}")
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
_DIGITS = frozenset("0123456789.")
_EURO_AMOUNT = re.compile(r"EUR([0-9]{1,9}(?:\.[0-9]{1,2})?)")
_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
_EPC_MOST_LINES = 12
_EPC_LONGEST_NAME = 70


class Scheme(StrEnum):
    """The kinds of codes that are read."""

    PIX = "pix"
    UPI = "upi"
    PAYNOW = "paynow"
    EPC = "epc"
    BKASH = "bkash"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Scanned:
    """What a code says, whatever its kind.

    Attributes:
        scheme: Whose code it is.
        payee: Whom it pays, as the scheme names accounts: a Pix key or location, a UPI address,
            a PayNow mobile number or UEN, an IBAN, or the link itself.
        name: The payee's name as the code says it; nobody has checked it.
        city: Where it says to be.
        amount_minor: Minor units, or None where the payer chooses.
        currency: ISO 4217; empty for a plain link.
        reference: What the payee wants to be told with the payment.
        expires_date: The last day on which it is good, where it says one.
    """

    scheme: Scheme
    payee: str
    name: str = ""
    city: str = ""
    amount_minor: int | None = None
    currency: str = ""
    reference: str = ""
    expires_date: date | None = None


def read_scanned(text: str) -> Scanned:
    """Return what a scanned, copied or typed code says.

    Raises:
        CodeRefused: It is of no kind known here, or wrong; ``Reason`` says why.
    """
    plain = text.strip()
    if not plain:
        raise CodeRefused(Reason.EMPTY)
    if len(plain) > _LONGEST_INPUT:
        raise CodeRefused(Reason.TOO_LONG)
    for opening, read in _READERS.items():
        if plain[: len(opening)].lower() == opening:
            return read(plain)
    raise CodeRefused(Reason.UNKNOWN_KIND, "no code that asks for money")


def _read_emv(text: str) -> Scanned:
    fields = emv.read_code(text)
    if emv.read_account(fields, SCHEME) is not None:
        return _told(read_br_code(text))
    account = emv.read_account(fields, _PAYNOW)
    if account is not None:
        return _read_paynow(fields, account)
    if fields.get("26", "").lower().startswith(_BHARAT):
        return _read_bharat(fields)
    if _CARD_FIELDS & fields.keys():
        raise CodeRefused(Reason.CARD_NUMBER, "it pays cards only")
    names = [fields[each][:40] for each in emv.ACCOUNTS if each in fields]
    raise CodeRefused(Reason.UNKNOWN_KIND, f"schemes not read here: {names}"[:200])


def _told(code: BrCode) -> Scanned:
    return Scanned(
        scheme=Scheme.PIX,
        payee=code.key.text if code.key else code.location,
        name=code.name,
        city=code.city,
        amount_minor=code.amount_minor,
        currency=CURRENCY,
        reference=code.txid,
    )


def _read_bharat(fields: Mapping[str, str]) -> Scanned:
    """Return a Bharat QR by its UPI address; cards that stand beside it are not looked at."""
    _expect(fields, "INR", "IN")
    account = emv.read_fields(fields["26"])
    link = emv.read_fields(fields.get("27", ""))
    extra = emv.read_fields(fields.get("62", ""))
    return Scanned(
        scheme=Scheme.UPI,
        payee=read_vpa(emv.needed(account, "01")),
        name=emv.needed(fields, "59"),
        city=fields.get("60", ""),
        amount_minor=emv.read_amount(fields.get("54", ""), "INR"),
        currency="INR",
        reference=link.get("01") or extra.get("05", ""),
    )


def _read_paynow(fields: Mapping[str, str], account: Mapping[str, str]) -> Scanned:
    _expect(fields, "SGD", "SG")
    kind, proxy = emv.needed(account, "01"), emv.needed(account, "02")
    extra = emv.read_fields(fields.get("62", ""))
    return Scanned(
        scheme=Scheme.PAYNOW,
        payee=_proxy(kind, proxy),
        name=fields.get("59", ""),
        city=fields.get("60", ""),
        amount_minor=emv.read_amount(fields.get("54", ""), "SGD"),
        currency="SGD",
        reference=extra.get("01", ""),
        expires_date=_day(account.get("04", "")),
    )


def _proxy(kind: str, proxy: str) -> str:
    """Return a PayNow proxy in its written form: 0 is a mobile number, 2 a company's UEN.

    A UEN may have a suffix of three characters, by which a company tells its tills apart.
    """
    try:
        if kind == "0":
            return parse_phone(proxy)
        if kind == "2":
            base, suffix = (proxy[:-3], proxy[-3:]) if not uen.is_valid(proxy) else (proxy, "")
            if suffix and not (suffix.isascii() and suffix.isalnum()):
                raise CodeRefused(Reason.INVALID_PAYEE, "UEN")
            return f"{uen.validate(base)}{suffix.upper()}"
    except (PhoneInvalid, ValidationError) as error:
        raise CodeRefused(Reason.INVALID_PAYEE, "PayNow proxy") from error
    raise CodeRefused(Reason.INVALID_PAYEE, f"PayNow proxy of kind {kind}")


def _read_upi_link(text: str) -> Scanned:
    parts = urlsplit(text)
    if parts.netloc.lower() != "pay":
        raise CodeRefused(Reason.UNKNOWN_KIND, "a UPI link that is no payment")
    said = parse_qsl(parts.query, keep_blank_values=True, max_num_fields=40)
    fields = dict(said)
    if len(fields) != len(said):
        raise CodeRefused(Reason.BROKEN_FIELDS, "a part stands twice")
    if fields.get("cu", "INR") != "INR":
        raise CodeRefused(Reason.UNKNOWN_CURRENCY, fields["cu"][:8])
    return Scanned(
        scheme=Scheme.UPI,
        payee=read_vpa(emv.needed(fields, "pa")),
        name=fields.get("pn", ""),
        amount_minor=emv.read_amount(fields.get("am", ""), "INR"),
        currency="INR",
        reference=fields.get("tr", ""),
    )


def _read_epc(text: str) -> Scanned:
    """Return a euro transfer: eleven lines after its mark, most of which may be empty."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if len(lines) > _EPC_MOST_LINES:
        raise CodeRefused(Reason.BROKEN_FIELDS, "too many lines")
    lines += [""] * (_EPC_MOST_LINES - len(lines))
    _mark, version, charset, kind, bic, name, account, amount, _purpose, ref, note, _info = lines
    if version not in {"001", "002"} or charset not in set("12345678") or kind != "SCT":
        raise CodeRefused(Reason.BROKEN_FIELDS, "no SEPA credit transfer")
    if not 1 <= len(name) <= _EPC_LONGEST_NAME:
        raise CodeRefused(Reason.MISSING_FIELD, "name")
    if (bic or version == "001") and not _BIC.fullmatch(bic):
        raise CodeRefused(Reason.INVALID_FIELD, "BIC")
    if ref and note:
        raise CodeRefused(Reason.BROKEN_FIELDS, "two references")
    try:
        payee = iban.validate(account)
    except ValidationError as error:
        raise CodeRefused(Reason.INVALID_PAYEE, "IBAN") from error
    return Scanned(
        scheme=Scheme.EPC,
        payee=payee,
        name=name,
        amount_minor=_euros(amount),
        currency="EUR",
        reference=ref or note,
    )


def _euros(text: str) -> int | None:
    match = _EURO_AMOUNT.fullmatch(text)
    if text and match is None:
        raise CodeRefused(Reason.INVALID_AMOUNT, text[:16])
    return emv.read_amount(match[1], "EUR") if match else None


def _read_link(text: str) -> Scanned:
    """Return an https link to a named host; bKash's own hosts are told apart.

    A name and password before the host, an address of digits and a host in other letters are
    what links that pretend are made of.
    """
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise CodeRefused(Reason.UNSAFE_LINK, "no address") from error
    host = (parts.hostname or "").lower()
    is_plain = text.isascii() and " " not in text and "\\" not in text and text.isprintable()
    if not is_plain or "@" in parts.netloc or port not in (None, 443):
        raise CodeRefused(Reason.UNSAFE_LINK, "not a plain address")
    if not _HOST.fullmatch(host) or not set(host) - _DIGITS:
        raise CodeRefused(Reason.UNSAFE_LINK, "no named host")
    is_bkash = host == "bkash.com" or host.endswith(".bkash.com")
    if is_bkash:
        return Scanned(Scheme.BKASH, text, currency="BDT")
    return Scanned(Scheme.LINK, text)


def _refuse_http(_text: str) -> Scanned:
    raise CodeRefused(Reason.UNSAFE_LINK, "http can be changed on its way; https only")


def _expect(fields: Mapping[str, str], currency: str, country: str) -> None:
    """Refuse a code whose scheme, currency and country do not belong together."""
    if emv.read_currency(fields) != currency or emv.needed(fields, "58") != country:
        raise CodeRefused(Reason.UNKNOWN_CURRENCY, f"not in {currency} of {country}")


def read_vpa(text: str) -> str:
    """Return a UPI address.

    Raises:
        CodeRefused: It is none.
    """
    if not _VPA.fullmatch(text):
        raise CodeRefused(Reason.INVALID_PAYEE, "UPI address")
    return text


def _day(text: str) -> date | None:
    """Return a day written as YYYYMMDD."""
    if not text:
        return None
    try:
        return date.fromisoformat(f"{text[:4]}-{text[4:6]}-{text[6:]}")
    except ValueError as error:
        raise CodeRefused(Reason.INVALID_FIELD, "expiry") from error


_READERS: Mapping[str, Callable[[str], Scanned]] = MappingProxyType(
    {
        "0002": _read_emv,
        "upi://": _read_upi_link,
        "bcd\n": _read_epc,
        "bcd\r": _read_epc,
        "https://": _read_link,
        "http://": _refuse_http,
    }
)
