"""A form with an amount of money, read in the shop's currency."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from core.money import Money
from merchants.codes.amounts import read_amount


class AmountForm(forms.Form):
    """A form whose field ``amount`` is money when it is clean, or None where it is empty."""

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        """Remember the currency that the amount is read in."""
        super().__init__(*args, **kwargs)
        self._currency = currency

    def clean_amount(self) -> Money | None:
        """Read the amount exactly; more decimals than the currency has are refused."""
        text = self.cleaned_data["amount"].strip()
        amount = read_amount(text, self._currency) if text else None
        if text and not amount:
            raise forms.ValidationError(_("Write the amount like 12,50."))
        return amount
