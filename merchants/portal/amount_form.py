"""A form with an amount of money, read in the shop's currency."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from core.money import Money
from merchants.codes.amounts import read_amount


class AmountForm(forms.Form):
    """A form with amounts in one currency.

    Its field ``amount`` is money when it is clean, or None where it is empty; other fields are
    read by ``money_in``.
    """

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        """Remember the currency that the amount is read in."""
        super().__init__(*args, **kwargs)
        self._currency = currency

    def clean_amount(self) -> Money | None:
        """Read the amount exactly; more decimals than the currency has are refused."""
        amount = self.money_in("amount")
        if amount is not None and not amount:
            raise _unreadable()
        return amount

    def money_in(self, name: str) -> Money | None:
        """Read a field's amount, which may be nothing at all; None where it is empty."""
        text = self.cleaned_data[name].strip()
        amount = read_amount(text, self._currency) if text else None
        if text and amount is None:
            raise _unreadable()
        return amount


def _unreadable() -> forms.ValidationError:
    return forms.ValidationError(_("Write the amount like 12,50."))
