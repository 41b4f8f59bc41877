"""The shop's facts, its team and its settings."""

from typing import Any

from babel.core import get_global
from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import TrocoError
from merchants.portal.pages import REFUSED, Page, reason_of, see_other
from merchants.portal.shelf import MAX_STOCK
from merchants.portal.templatetags.troco import country_name
from merchants.queries.shops import ShopFacts
from merchants.services.shops import MOST_MINUTES, ShopSettings, change_shop
from payments.queries.countries import availability, bank_by_slug
from payments.queries.funding import payout_account_of
from people.queries import party_by_id

CAPABILITIES = {
    "person_to_person": gettext_lazy("People send each other money"),
    "purchase": gettext_lazy("Customers pay you in the chat"),
    "refund": gettext_lazy("Refunds"),
    "enrolment": gettext_lazy("New people enrol"),
}


class ShopForm(forms.Form):
    """What the owner may change."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=80,
        help_text=gettext_lazy(
            "Under another name your shop is reviewed again. You can sell; payouts wait meanwhile."
        ),
    )
    about = forms.CharField(
        label=gettext_lazy("About the shop"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    auto_accept = forms.BooleanField(
        label=gettext_lazy("Accept orders by themselves"), required=False
    )
    is_open = forms.BooleanField(label=gettext_lazy("Open for orders"), required=False)
    order_minutes = forms.IntegerField(
        label=gettext_lazy("An order waits for its payment (minutes)"),
        min_value=1,
        max_value=MOST_MINUTES,
        required=False,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "class": "num"}),
    )
    low_stock_threshold = forms.IntegerField(
        label=gettext_lazy("Stock is low from this many pieces on"),
        min_value=0,
        max_value=MAX_STOCK,
        required=False,
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "class": "num"}),
    )
    timezone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        required=False,
        help_text=gettext_lazy("Days, hours and files of this shop are in it."),
    )

    def __init__(self, *args: Any, shop: ShopFacts, **kwargs: Any) -> None:
        """Offer the zones of the shop's country; what is left empty stays as it is."""
        super().__init__(*args, **kwargs)
        self._shop = shop
        zones = get_global("territory_zones").get(shop.country, [])
        every = sorted({shop.timezone, *(zone for zone in zones if "/" in zone)})
        self.fields["timezone"].choices = [(zone, zone) for zone in every]  # type: ignore[attr-defined]

    def wish(self) -> ShopSettings:
        """Return all the settings as they shall be."""
        facts, shop = self.cleaned_data, self._shop
        minutes, low = facts["order_minutes"], facts["low_stock_threshold"]
        return ShopSettings(
            name=facts["name"],
            about=facts["about"],
            auto_accept=facts["auto_accept"],
            is_open=facts["is_open"],
            order_minutes=shop.order_minutes if minutes is None else minutes,
            low_stock_threshold=shop.low_stock_threshold if low is None else low,
            timezone=facts["timezone"] or None,
        )


class SettingsPage(Page):
    """The shop as it is set up."""

    section = "settings"

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show it; the owner gets a form."""
        shop = self.seat.shop
        initial = {
            "name": shop.name,
            "about": shop.about,
            "auto_accept": shop.auto_accept,
            "is_open": shop.is_open,
            "order_minutes": shop.order_minutes,
            "low_stock_threshold": shop.low_stock_threshold,
            "timezone": shop.timezone,
        }
        form = ShopForm(initial=initial, shop=shop)
        return self._show(form if self.seat.may_edit else None)

    def post(self, _request: HttpRequest) -> HttpResponse:
        """Change the settings, if the owner asks."""
        if not self.seat.may_edit:
            return self._show(None, http_status=403)
        shop = self.seat.shop
        form = ShopForm(self.request.POST, shop=shop)
        if form.is_valid():
            try:
                change_shop(shop_id=shop.id, actor=self.seat.person, settings=form.wish())
            except TrocoError as refusal:
                form.add_error(None, reason_of(refusal))
            else:
                self.done(_("Saved."))
                return see_other(reverse("portal:settings"))
        return self._show(form, http_status=REFUSED)

    def _show(self, form: ShopForm | None, *, http_status: int = 200) -> HttpResponse:
        context = {
            "facts": self._facts(),
            "capabilities": self._capabilities(),
            "form": form,
        }
        return self.page("settings.html", context, http_status=http_status)

    def _facts(self) -> list[dict[str, str]]:
        shop = self.seat.shop
        party = party_by_id(shop.party_id)
        account = payout_account_of(shop.party_id)
        bank = bank_by_slug(account.bank) if account else None
        rows = [
            (_("Legal name"), party.legal_name if party and party.legal_name else "", ""),
            (_("Tax id"), _masked(party.tax_id if party and party.tax_id else ""), ""),
            (
                _("Paid out to"),
                f"{bank.name} ••{account.last4}" if account and bank else _("No account yet"),
                _("Verified at the bank") if account else "",
            ),
            (_("Country"), f"{country_name(shop.country)} · {shop.currency}", ""),
            (_("Time zone"), shop.timezone, _("All times here are in it.")),
        ]
        return [{"words": words, "value": value, "detail": more} for words, value, more in rows]

    def _capabilities(self) -> list[dict[str, Any]]:
        found = availability(self.seat.shop.country, self.now)
        if found is None:
            return []
        return [
            {
                "words": CAPABILITIES.get(facts.capability, facts.capability),
                "is_open": facts.verdict.is_open,
                "reason": " ".join(reason.words for reason in facts.verdict.reasons),
            }
            for facts in found.capabilities
        ]


def _masked(tax_id: str) -> str:
    """Show the ends of a tax id."""
    return f"{tax_id[:2]}•••{tax_id[-4:]}" if len(tax_id) > 6 else tax_id  # noqa: PLR2004
