"""BR Codes: how Brazil asks for a Pix, static and dynamic, written and read.

A static code names the receiver's key and may carry an amount. A dynamic one names a place on the
web where the payer's bank fetches the charge; it is for one payment.

Amounts are integers of cents on our side of the text. Names and cities are written in plain
letters, because terminals still show an accent as two strange signs; what is read is kept as it
stands.

Source: Banco Central do Brasil, "Manual de Padrões para Iniciação do Pix", on the frame of
EMVCo's merchant-presented mode; ``docs/rails.md`` has the table of fields.
"""

import re
import unicodedata
from dataclasses import dataclass

from payments.codes import CodeRefused, Reason, emv
from payments.codes.pix_keys import PixKey, read_pix_key

SCHEME = "br.gov.bcb.pix"
CURRENCY = "BRL"
NO_REFERENCE = "***"
LONGEST_NAME = 25
LONGEST_CITY = 15
LONGEST_NOTE = 72
_LONGEST_LOCATION = 77
_TXID = re.compile(r"[A-Za-z0-9]{1,25}")
_LOCATION = re.compile(
    r"(?=.{4,77}\Z)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}(?::[0-9]{1,5})?"
    r"/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]+"
)
_POSTAL_CODE = re.compile(r"[0-9]{8}")


@dataclass(frozen=True, slots=True)
class BrCode:
    """What a BR Code says.

    Attributes:
        name: Whom it pays, 1 to 25 characters.
        city: Where that is, 1 to 15 characters.
        key: The receiver's Pix key; None in a dynamic code.
        location: Host and path of a dynamic code's charge, without ``https://``; empty in a
            static one.
        amount_minor: Cents, at least 1; None where the payer chooses or the charge says.
        txid: The receiver's reference, 1 to 25 letters and digits; empty for none.
        note: What the payer is shown, in a static code only.
        postal_code: Eight digits, or empty.
        once: Whether it says that it is for one payment.
    """

    name: str
    city: str
    key: PixKey | None = None
    location: str = ""
    amount_minor: int | None = None
    txid: str = ""
    note: str = ""
    postal_code: str = ""
    once: bool = False


def write_br_code(code: BrCode) -> str:
    """Return the text of a code, to be drawn or copied.

    Args:
        code: What it shall say; name, city and note are written in plain letters and, where
            they are too long, cut: they are shown, never matched.

    Raises:
        CodeRefused: It has both key and location or neither, or a part that no code can say.
    """
    _check(code)
    account = emv.write_field("00", SCHEME)
    if code.key is not None:
        account += emv.write_field("01", read_pix_key(code.key.text, code.key.kind).text)
        room = emv.LONGEST_VALUE - len(account) - len("0200")
        account += emv.write_field("02", plain_text(code.note, min(LONGEST_NOTE, max(room, 0))))
    account += emv.write_field("25", code.location)
    return emv.write_code(
        [
            ("00", "01"),
            ("01", "12" if code.once or code.location else ""),
            ("26", account),
            ("52", "0000"),
            ("53", "986"),
            ("54", emv.write_amount(code.amount_minor, CURRENCY)),
            ("58", "BR"),
            ("59", _shown(code.name, LONGEST_NAME, "59")),
            ("60", _shown(code.city, LONGEST_CITY, "60")),
            ("61", code.postal_code),
            ("62", emv.write_field("05", code.txid or NO_REFERENCE)),
        ]
    )


def read_br_code(text: str) -> BrCode:
    """Return what a BR Code says.

    Raises:
        CodeRefused: It is none, or a part of it is wrong; see ``Reason``.
    """
    fields = emv.read_code(text)
    account = emv.read_account(fields, SCHEME)
    if account is None:
        raise CodeRefused(Reason.UNKNOWN_KIND, "no Pix account in it")
    if emv.read_currency(fields) != CURRENCY or emv.needed(fields, "58") != "BR":
        raise CodeRefused(Reason.UNKNOWN_CURRENCY, "a Pix is in BRL, in BR")
    key, location = account.get("01"), account.get("25", "")
    extra = emv.read_fields(fields.get("62", ""))
    txid = extra.get("05", NO_REFERENCE)
    code = BrCode(
        name=emv.needed(fields, "59"),
        city=emv.needed(fields, "60"),
        key=read_pix_key(key) if key is not None else None,
        location=location,
        amount_minor=emv.read_amount(fields.get("54", ""), CURRENCY),
        txid="" if txid == NO_REFERENCE else txid,
        note=account.get("02", ""),
        postal_code=fields.get("61", ""),
        once=_is_once(fields.get("01", "11")),
    )
    _check(code)
    return code


def plain_text(text: str, longest: int) -> str:
    """Return a text in plain printable letters, single-spaced and cut: ``Pão`` is ``Pao``."""
    apart = unicodedata.normalize("NFKD", text)
    kept = "".join(each for each in apart if not unicodedata.combining(each))
    plain = "".join(each if " " <= each <= "~" else " " for each in kept)
    return " ".join(plain.split())[:longest].strip()


def _shown(text: str, longest: int, field: str) -> str:
    """Return a name or city as it is written.

    Raises:
        CodeRefused: Nothing of it can be written in plain letters.
    """
    plain = plain_text(text, longest)
    if not plain:
        raise CodeRefused(Reason.INVALID_FIELD, f"field {field}")
    return plain


def _is_once(method: str) -> bool:
    if method not in {"11", "12"}:
        raise CodeRefused(Reason.INVALID_FIELD, "field 01")
    return method == "12"


def _check(code: BrCode) -> None:
    """Refuse what is neither static nor dynamic, and parts that have no meaning.

    Raises:
        CodeRefused: As ``write_br_code`` and ``read_br_code``.
    """
    if (code.key is None) == (not code.location):
        raise CodeRefused(Reason.INVALID_PAYEE, "a key or a location, and not both")
    if code.location and not _LOCATION.fullmatch(code.location):
        raise CodeRefused(Reason.INVALID_PAYEE, "the location is no address")
    if code.location and code.note:
        raise CodeRefused(Reason.INVALID_FIELD, "a dynamic code's note is in its charge")
    if code.txid and not _TXID.fullmatch(code.txid):
        raise CodeRefused(Reason.INVALID_FIELD, "txid")
    if code.postal_code and not _POSTAL_CODE.fullmatch(code.postal_code):
        raise CodeRefused(Reason.INVALID_FIELD, "postal code")
