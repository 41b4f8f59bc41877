"""Amounts that staff type: as they read them, in the currency that the page names."""

import re

from django import forms
from django.utils.translation import gettext_lazy as _

from core.money import MAX_MINOR, exponent

_TYPED = re.compile(r"([0-9]{1,15})(?:\.([0-9]{1,3}))?")


def typed_amount(amount_minor: int, currency: str) -> str:
    """Write an amount as it may be typed: ``1234.50``."""
    places = exponent(currency)
    whole, rest = divmod(amount_minor, 10**places)
    return f"{whole}.{rest:0{places}d}" if places else str(whole)


def read_amount(text: str, currency: str) -> int:
    """Return the minor units of an amount as it was typed.

    Commas between thousands are read over, as amounts are shown with them.

    Raises:
        ValidationError: It is no amount, or has more decimals than its currency.
    """
    found = _TYPED.fullmatch(text.replace(",", "").strip())
    decimals = (found[2] or "") if found else ""
    places = exponent(currency)
    if found is None or len(decimals) > places:
        example = typed_amount(123_450, currency)
        raise forms.ValidationError(_("Write an amount such as %(one)s."), params={"one": example})
    minor = int(found[1] + decimals.ljust(places, "0"))
    if minor > MAX_MINOR:
        raise forms.ValidationError(_("This is more than there can be."))
    return minor
