"""The shop's facts, its team and its settings."""

from typing import Any, BinaryIO, cast
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import get_global
from babel.dates import format_time
from babel.numbers import format_percent
from django import forms
from django.conf import settings as django_settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.api.uploads import limit_passed
from core.errors import InputInvalid, TrocoError
from merchants.codes.colours import ink_on, is_colour
from merchants.codes.posters import BRAND
from merchants.portal.access import EDITORS, TALKERS
from merchants.portal.pages import REFUSED, Page, reason_of, see_other
from merchants.portal.shelf import MAX_STOCK
from merchants.portal.templatetags.troco import country_name, day
from merchants.queries.shops import ShopFacts
from merchants.services.looks import put_logo, remove_logo
from merchants.services.shops import MOST_MINUTES, ShopSettings, change_shop
from messaging.files.errors import MediaTooLarge
from payments.enums import PaymentKind
from payments.queries.countries import availability, bank_by_slug
from payments.queries.funding import payout_account_of
from payments.queries.limits import fee_basis_points
from payments.services.settlement import next_cutoff
from people.queries import party_by_id

CAPABILITIES = {
    "person_to_person": gettext_lazy("People send each other money"),
    "purchase": gettext_lazy("Customers pay you in the chat"),
    "refund": gettext_lazy("Refunds"),
    "enrolment": gettext_lazy("New people enrol"),
}


class ColourInput(forms.TextInput):
    """A colour in writing, which may be empty, and the browser's own picker that writes it."""

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        """Return both; without a script the writing is enough."""
        written = super().render(name, value, attrs, renderer)
        return format_html(
            '{}<input type="color" value="{}" data-fills="{}" aria-label="{}">',
            written,
            value if is_colour(str(value)) else BRAND,
            (attrs or {}).get("id", ""),
            _("Pick a colour"),
        )


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
    address = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Shown to buyers with your opening hours; empty: not shown."),
        widget=forms.TextInput(attrs={"autocomplete": "street-address"}),
    )
    brand_colour = forms.CharField(
        label=gettext_lazy("Your colour"),
        max_length=7,
        required=False,
        help_text=gettext_lazy(
            "On your links' pages and posters, such as #0a7d5c. It must be seen in light and dark."
        ),
        widget=ColourInput(attrs={"class": "code", "autocomplete": "off"}),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language of what Troco writes for you"),
        required=False,
        help_text=gettext_lazy("Such as the monthly statement that makes itself."),
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
        spoken = [("", _("As the owner's own")), *django_settings.LANGUAGES]
        self.fields["language"].choices = spoken  # type: ignore[attr-defined]

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
            address=facts["address"],
            brand_colour=facts["brand_colour"].strip().lower(),
            language=facts["language"],
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
            "address": shop.address,
            "brand_colour": shop.brand_colour,
            "language": shop.language,
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
        shop = self.seat.shop
        context = {
            "facts": self._facts(),
            "capabilities": self._capabilities(),
            "form": form,
            "logo": shop.logo_ref,
            "colour": shop.brand_colour,
            "ink": ink_on(shop.brand_colour) if shop.brand_colour else "",
            "hours_href": reverse("portal:desk") if self.seat.is_one_of(TALKERS) else "",
            "is_owner": self.seat.is_owner,
            "closed_at": shop.closed_at,
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
            (_("Fee"), *self._fee()),
            (_("Paid out"), *self._schedule(account.bank if account else "")),
            (_("Country"), f"{country_name(shop.country)} · {shop.currency}", ""),
            (_("Time zone"), shop.timezone, _("All times here are in it.")),
        ]
        return [{"words": words, "value": value, "detail": more} for words, value, more in rows]

    def _fee(self) -> tuple[str, str]:
        """Tell what a sale costs, as the country's price is set."""
        points = fee_basis_points(self.seat.shop.country, PaymentKind.PURCHASE.value)
        percent = format_percent(points / 10_000, "0.##%", locale=_locale())
        said = _("of each sale, taken out of the payout. A refund gives its part of it back.")
        return percent, said

    def _schedule(self, bank: str) -> tuple[str, str]:
        """Tell when money goes out, as the bank's agreement says."""
        at = next_cutoff(bank=bank, moment=self.now) if bank else None
        if at is None:
            return _("Not yet"), _("A bank account comes first.") if not bank else ""
        here = at.astimezone(ZoneInfo(self.seat.shop.timezone))
        said = _("All that was paid by then goes out together. The bank sets the time.")
        clock = format_time(here, "short", locale=_locale())
        return _("Next on %s") % f"{day(here, 'EEEMMMd')}, {clock}", said

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


class LogoPage(Page):
    """Puts the shop's logo up, or takes it down."""

    section = "settings"
    roles = EDITORS

    def post(self, request: HttpRequest) -> HttpResponse:
        """Do it, and show the settings."""
        shop_id, person = self.seat.shop.id, self.seat.person
        try:
            if request.POST.get("verb") == "remove":
                remove_logo(shop_id=shop_id, actor=person)
                self.done(_("The logo is gone."))
            else:
                put_logo(shop_id=shop_id, actor=person, file=self._file())
                self.done(_("Buyers see the new logo now."))
        except TrocoError as refusal:
            self.refused(refusal)
        return self.go("settings")

    def _file(self) -> BinaryIO:
        """Return the file of the form.

        Raises:
            MediaTooLarge: It is larger than any file may be.
            InputInvalid: There is none.
        """
        most = limit_passed(self.request)
        if most is not None:
            raise MediaTooLarge(limit_bytes=most)
        file = self.request.FILES.get("file")
        if file is None:
            words = _("Choose a picture.")
            raise InputInvalid(field_errors={"file": [{"code": "invalid", "detail": words}]})
        return cast("BinaryIO", file.file)


def _masked(tax_id: str) -> str:
    """Show the ends of a tax id."""
    return f"{tax_id[:2]}•••{tax_id[-4:]}" if len(tax_id) > 6 else tax_id  # noqa: PLR2004


def _locale() -> Locale:
    return Locale.parse(translation.to_locale(translation.get_language() or "en"))
