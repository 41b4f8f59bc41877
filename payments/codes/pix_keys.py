"""Pix keys: the five ways to name an account in Brazil's directory, each with one written form.

Eleven digits can be a CPF or a phone number, and taking one for the other pays a stranger. So a
phone number is one only with its ``+`` and country code, as the directory keeps it, and digits
alone are a tax id or nothing.

Source: Banco Central do Brasil, DICT API, "Chaves": CPF 11 digits, CNPJ 14, phone E.164, e-mail
up to 77 characters in small letters, EVP a UUID in small letters with its dashes.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from payments.codes import CodeRefused, Reason
from people.enums import PartyKind
from people.phones import PhoneInvalid, parse_phone
from people.tax_ids import TaxIdInvalid, read_tax_id

LONGEST = 77
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_EMAIL = re.compile(rf"[a-z0-9.!#$&'*+/=?^_`{{|}}~-]+@{_LABEL}(?:\.{_LABEL})+")
_TAX_ID = re.compile(
    r"[0-9]{11}|[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2}"
    r"|[0-9A-Z]{12}[0-9]{2}|[0-9A-Z]{2}\.[0-9A-Z]{3}\.[0-9A-Z]{3}/[0-9A-Z]{4}-[0-9]{2}"
)


class PixKeyKind(StrEnum):
    """The kinds of keys, in the directory's words."""

    CPF = "CPF"
    CNPJ = "CNPJ"
    PHONE = "PHONE"
    EMAIL = "EMAIL"
    EVP = "EVP"


@dataclass(frozen=True, slots=True)
class PixKey:
    """A key in its written form: no punctuation in tax ids, small letters elsewhere."""

    kind: PixKeyKind
    text: str


def read_pix_key(text: str, kind: PixKeyKind | None = None) -> PixKey:
    """Return a key in its written form.

    Args:
        text: As a person or a code wrote it; tax ids may have their punctuation.
        kind: What it has to be; None to tell by its form, which leaves no doubt.

    Raises:
        CodeRefused: It is no key, or of another kind; the reason is ``invalid_payee``.
    """
    plain = text.strip()
    if not plain or len(plain) > LONGEST:
        raise CodeRefused(Reason.INVALID_PAYEE, "a key has 1 to 77 characters")
    found = _told_by_form(plain)
    if kind is not None and found.kind != kind:
        raise CodeRefused(Reason.INVALID_PAYEE, f"{found.kind} is not {kind}")
    return found


def _told_by_form(plain: str) -> PixKey:
    """Return the key that a text is; no text has the form of two."""
    lower = plain.lower()
    if "@" in plain:
        if not _EMAIL.fullmatch(lower):
            raise CodeRefused(Reason.INVALID_PAYEE, "no e-mail address")
        return PixKey(PixKeyKind.EMAIL, lower)
    if _UUID.fullmatch(lower):
        return PixKey(PixKeyKind.EVP, lower)
    if plain.startswith("+"):
        try:
            return PixKey(PixKeyKind.PHONE, parse_phone(plain))
        except PhoneInvalid as error:
            raise CodeRefused(Reason.INVALID_PAYEE, "no phone number") from error
    return _tax_id(plain)


def _tax_id(plain: str) -> PixKey:
    """Return the CPF or CNPJ that a text is, its check digits right."""
    if not _TAX_ID.fullmatch(plain.upper()):
        raise CodeRefused(Reason.INVALID_PAYEE, "no key of any kind")
    kinds = ((PixKeyKind.CPF, PartyKind.PERSON), (PixKeyKind.CNPJ, PartyKind.BUSINESS))
    for kind, party_kind in kinds:
        try:
            return PixKey(kind, read_tax_id(plain, country="BR", kind=party_kind))
        except TaxIdInvalid:
            continue
    raise CodeRefused(Reason.INVALID_PAYEE, "a tax id with a wrong check digit")
