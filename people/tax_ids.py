"""Tax ids by country: which forms exist, and one written form of each.

Source: python-stdnum for CPF, CNPJ (also the alphanumeric form of 2026), PAN, Mexico's RFC
(thirteen signs of a person, twelve of a business; the last checks the others) and Singapore's UEN,
which businesses have. stdnum accepts a CPF of eleven equal digits, which the Receita Federal never
gives out: refused here.
Bangladesh's TIN has 12 digits (10 before 2013) and no check digit.
"""

import re
import secrets
from collections.abc import Callable, Mapping
from types import MappingProxyType

from django.utils.translation import gettext_lazy as _
from stdnum.br import cnpj, cpf
from stdnum.exceptions import ValidationError
from stdnum.in_ import pan
from stdnum.mx import rfc
from stdnum.sg import uen

from core.errors import TrocoError
from people.enums import PartyKind

_LONGEST_INPUT = 40
_PUNCTUATION = re.compile(r"[\s./-]")
_Reader = Callable[[str], str]


class TaxIdInvalid(TrocoError):
    """The text is no tax id of that country."""

    code = "tax_id_invalid"
    http_status = 422
    words = _("This tax id is not right. Check each digit.")


class CountryUnsupported(TrocoError):
    """Identities of that country cannot be checked here."""

    code = "country_unsupported"
    http_status = 422
    words = _("We cannot check identities of this country yet.")


def read_tax_id(text: str, *, country: str, kind: str) -> str:
    """Return a tax id as it is stored: letters and digits only.

    Args:
        text: As a person writes it, with or without punctuation.
        country: ISO code of the party's country.
        kind: A ``PartyKind``: persons and businesses have different ids in Brazil.

    Raises:
        TaxIdInvalid: It is none of that country and kind.
        CountryUnsupported: There is no rule for the country.
    """
    reader = _READERS.get((country, kind)) or _READERS.get((country, ""))
    if reader is None:
        raise CountryUnsupported
    plain = _PUNCTUATION.sub("", text[:_LONGEST_INPUT]).upper()
    if not (plain.isascii() and plain.isalnum()):
        raise TaxIdInvalid
    try:
        return reader(plain)
    except ValidationError as error:
        raise TaxIdInvalid from error


def invent_business_id(country: str) -> str:
    """Return a tax id that is rightly formed and, most likely, nobody's: for trying things out.

    Args:
        country: ISO code; empty comes back for one whose businesses need a true one.
    """
    if country == "BR":
        stem = f"{secrets.randbelow(10**8):08d}0001"
        return stem + str(cnpj.calc_check_digits(stem))
    if country in {"BD", "XX"}:
        return f"{secrets.randbelow(10**12):012d}"
    return ""


def _read_cpf(plain: str) -> str:
    found: str = cpf.validate(plain)
    if len(set(found)) == 1:
        raise TaxIdInvalid
    return found


def _read_cnpj(plain: str) -> str:
    found: str = cnpj.validate(plain)
    if len(set(found)) == 1:
        raise TaxIdInvalid
    return found


def _read_pan(plain: str) -> str:
    found: str = pan.validate(plain)
    return found


def _read_rfc(length: int) -> _Reader:
    def read(plain: str) -> str:
        if len(plain) != length:
            raise TaxIdInvalid
        found: str = rfc.validate(plain, validate_check_digits=True)
        return found

    return read


def _read_uen(plain: str) -> str:
    found: str = uen.validate(plain)
    return found


def _read_by(pattern: str) -> _Reader:
    compiled = re.compile(pattern)

    def read(plain: str) -> str:
        if not compiled.fullmatch(plain):
            raise TaxIdInvalid
        return plain

    return read


_READERS: Mapping[tuple[str, str], _Reader] = MappingProxyType(
    {
        ("BR", PartyKind.PERSON): _read_cpf,
        ("BR", PartyKind.BUSINESS): _read_cnpj,
        ("IN", ""): _read_pan,
        ("MX", PartyKind.PERSON): _read_rfc(13),
        ("MX", PartyKind.BUSINESS): _read_rfc(12),
        ("SG", PartyKind.BUSINESS): _read_uen,
        ("BD", ""): _read_by(r"[0-9]{10}|[0-9]{12}"),
        ("XX", ""): _read_by(r"[0-9A-Z]{6,20}"),
    }
)
