"""The shop's facts, its team and its settings; and the search over everything."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.clock import business_now
from core.errors import TrocoError
from merchants.portal.money import order_numbers, payment_rows
from merchants.portal.orders import order_row
from merchants.portal.pages import REFUSED, Page, see_other
from merchants.queries.catalogue import products_of_shop
from merchants.queries.orders import OrderFilter, orders_of_shop
from merchants.queries.shops import team
from merchants.services.shops import ShopSettings, change_shop
from payments.queries import shop as shop_queries
from payments.queries.countries import availability, bank_by_slug
from payments.queries.funding import payout_account_of
from payments.queries.payments import PaymentFilter
from people.queries import party_by_id

FOUND = 5
CAPABILITIES = {
    "person_to_person": gettext_lazy("People send each other money"),
    "purchase": gettext_lazy("Customers pay you in the chat"),
    "refund": gettext_lazy("Refunds"),
    "enrolment": gettext_lazy("New people enrol"),
}


class ShopForm(forms.Form):
    """What the owner may change."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
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


class SettingsPage(Page):
    """The shop as it is set up."""

    section = "settings"

    def get(self, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """Show it; the owner gets a form."""
        shop = self.seat.shop
        initial = {
            "name": shop.name,
            "about": shop.about,
            "auto_accept": shop.auto_accept,
            "is_open": shop.is_open,
        }
        return self._show(ShopForm(initial=initial) if self.seat.may_edit else None)

    def post(self, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """Change the settings, if the owner asks."""
        if not self.seat.may_edit:
            return self._show(None, http_status=403)
        form, shop = ShopForm(self.request.POST), self.seat.shop
        if form.is_valid():
            wanted = ShopSettings(
                **form.cleaned_data,
                order_minutes=shop.order_minutes,
                low_stock_threshold=shop.low_stock_threshold,
            )
            try:
                change_shop(shop_id=shop.id, actor=self.seat.person, settings=wanted)
            except TrocoError as refusal:
                form.add_error(None, str(refusal.detail))
            else:
                self.done(_("Saved."))
                return see_other(reverse("portal:settings"))
        return self._show(form, http_status=REFUSED)

    def _show(self, form: ShopForm | None, *, http_status: int = 200) -> HttpResponse:
        context = {
            "facts": self._facts(),
            "capabilities": self._capabilities(),
            "team": self._team(),
            "security": {
                "second_factor": _("Authenticator app"),
                "second_factor_since": None,
                "signed_in_at": self.seat.person.last_login,
            },
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
            (_("Country"), f"{shop.country} · {shop.currency}", ""),
            (_("Time zone"), shop.timezone, _("All times here are in it.")),
        ]
        return [{"words": words, "value": value, "detail": more} for words, value, more in rows]

    def _capabilities(self) -> list[dict[str, Any]]:
        found = availability(self.seat.shop.country, business_now())
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

    def _team(self) -> list[dict[str, Any]]:
        return [
            {
                "name": row.name or row.login,
                "login": row.login,
                "role": row.role.label,
                "last_seen": None,
                "has_second_factor": True,
                "is_you": row.person_id == self.seat.person.pk,
            }
            for row in team(self.seat.shop.id)
        ]


class SearchPage(Page):
    """One box over orders, payments and products; an id that is whole leads straight there."""

    def get(self, *_args: Any, **_kwargs: Any) -> HttpResponse:
        """Show what was found, by kind."""
        q = self.request.GET.get("q", "").strip()[:80]
        for prefix, name in (("ord_", "order"), ("pay_", "payment"), ("pyo_", "payout")):
            if q.startswith(prefix) and len(q) > len(prefix):
                return self.go(name, q)
        groups = [self._orders(q), self._payments(q), self._products(q)] if q else []
        return self.page("search.html", {"q": q, "groups": [g for g in groups if g["rows"]]})

    def _orders(self, q: str) -> dict[str, Any]:
        found, _more = orders_of_shop(self.seat.shop.id, OrderFilter(q=q), None, FOUND)
        rows = []
        for order in found:
            row = order_row(order)
            rows.append(
                {
                    "title": _("Order %(number)s") % {"number": order.number},
                    "detail": f"{row['customer']} · {row['items']}",
                    "href": reverse("portal:order", args=[order.public_id]),
                    "amount": order.total,
                    "table": "order",
                    "state": row["state"],
                }
            )
        return {"words": _("Orders"), "href": f"{reverse('portal:orders')}?q={q}", "rows": rows}

    def _payments(self, q: str) -> dict[str, Any]:
        shop = self.seat.shop
        wanted = PaymentFilter(direction="received", text=q)
        found, _more = shop_queries.shop_payments(shop.party_id, wanted, None, FOUND)
        rows = [
            {
                "title": row["customer"],
                "detail": row["reference"],
                "href": reverse("portal:payment", args=[row["id"]]),
                "amount": row["amount"],
                "table": "payment",
                "state": row["state"],
            }
            for row in payment_rows(found, order_numbers(shop.id, found))
        ]
        return {"words": _("Payments"), "href": "", "rows": rows}

    def _products(self, q: str) -> dict[str, Any]:
        found, _more = products_of_shop(self.seat.shop.id, q, None, FOUND)
        rows = [
            {
                "title": f"{product.emoji} {product.name}".strip(),
                "detail": product.description,
                "href": reverse("portal:product", args=[product.public_id]),
                "amount": product.price,
                "table": "",
                "state": "",
            }
            for product in found
        ]
        return {
            "words": _("Products"),
            "href": f"{reverse('portal:catalogue')}?q={q}",
            "rows": rows,
        }


def _masked(tax_id: str) -> str:
    """Show the ends of a tax id."""
    return f"{tax_id[:2]}•••{tax_id[-4:]}" if len(tax_id) > 6 else tax_id  # noqa: PLR2004
