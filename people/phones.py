"""Phone numbers: one written form, the country they belong to, and how to show them.

The sandbox has a country that does not exist, ``XX``, for what only a licensed operator may
do. Its numbers begin with +999, a code that no country has.
"""

import re

import phonenumbers
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from phonenumbers import NumberParseException, PhoneNumberFormat

from core.errors import TrocoError

_LONGEST_INPUT = 40
_SANDBOX_NUMBER = re.compile(r"\+999[0-9]{6,12}")
_PUNCTUATION = re.compile(r"[\s().-]")
_SHOWN_DIGITS = 4


class PhoneInvalid(TrocoError):
    """The text is no phone number that exists, written with its country code."""

    code = "phone_invalid"
    http_status = 400
    words = _("This is not a phone number. Write it with + and the country code.")


def parse_phone(text: str) -> str:
    """Return a number in E.164, such as ``+5511987654321``.

    Args:
        text: As a person writes it, with ``+`` and country code; spaces, dots, dashes and
            brackets may stand between the digits.

    Raises:
        PhoneInvalid: It is no number that a carrier could have given out.
    """
    plain = _PUNCTUATION.sub("", text[:_LONGEST_INPUT])
    if not (plain.startswith("+") and plain[1:].isascii() and plain[1:].isdigit()):
        raise PhoneInvalid
    if settings.SANDBOX and _SANDBOX_NUMBER.fullmatch(plain):
        return plain
    try:
        number = phonenumbers.parse(plain, None)
    except NumberParseException as error:
        raise PhoneInvalid from error
    if not phonenumbers.is_valid_number(number):
        raise PhoneInvalid
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def with_country_code(text: str, country: str) -> str:
    """Return a number as it is dialled at home with its country's code; any other text as it is.

    Args:
        text: As a person writes it, such as ``(11) 98765-4321``.
        country: ISO code of where it is dialled so; empty leaves the text alone.
    """
    plain = _PUNCTUATION.sub("", text[:_LONGEST_INPUT])
    if not country or not (plain.isascii() and plain.isdigit()):
        return text
    try:
        number = phonenumbers.parse(plain, country)
    except NumberParseException:
        return text
    if not phonenumbers.is_valid_number(number):
        return text
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


def country_of(phone: str) -> str:
    """Return the ISO code of the country that an E.164 number belongs to.

    Raises:
        PhoneInvalid: The number belongs to no country, as satellite numbers do.
    """
    if _SANDBOX_NUMBER.fullmatch(phone):
        return "XX"
    region = phonenumbers.region_code_for_number(phonenumbers.parse(phone, None))
    if region is None or not re.fullmatch("[A-Z]{2}", region):
        raise PhoneInvalid
    return region


def shown_phone(phone: str) -> str:
    """Return a number with only its last four digits readable."""
    return f"+•••• {phone[-_SHOWN_DIGITS:]}"
