"""The first minutes: following an invitation, or opening a shop of one's own."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from core.clock import business_now
from core.errors import Forbidden, InputInvalid, NotFound, TrocoError, Unauthenticated
from merchants.portal.access import SHOP_KEY, name_of, signed_in_person
from merchants.portal.pages import REFUSED, Page, lost, reason_of, see_other
from merchants.portal.templatetags.troco import country_name
from merchants.portal.words import ROLES
from merchants.queries.shops import memberships
from merchants.queries.teams import invite_by_token
from merchants.services.invites import accept_invite
from merchants.services.shops import NewShop, open_shop
from payments.queries.countries import list_countries, takes_purchases
from people.enums import PartyKind
from people.models import Person
from people.phones import country_of
from people.tax_ids import invent_business_id, read_tax_id

MOST_SHOPS = 20
INVENTED_KEY = "invented_tax_id"


class ShopForm(forms.Form):
    """What is known of a business when it comes."""

    name = forms.CharField(
        label=gettext_lazy("What customers call your shop"),
        max_length=80,
        widget=forms.TextInput(attrs={"autofocus": True}),
    )
    country = forms.ChoiceField(label=gettext_lazy("Country"))
    legal_name = forms.CharField(
        label=gettext_lazy("Name in the register"),
        max_length=140,
        help_text=gettext_lazy("As your business is registered. Customers see it on receipts."),
    )
    tax_id = forms.CharField(
        label=gettext_lazy("Tax id"),
        max_length=40,
        help_text=gettext_lazy("In Brazil the CNPJ. We look it up before the first payout."),
        widget=forms.TextInput(attrs={"class": "num", "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Offer the countries that are known."""
        super().__init__(*args, **kwargs)
        self.countries = {each.iso2: each for each in list_countries()}
        known = sorted(
            ((iso2, country_name(iso2, facts.name)) for iso2, facts in self.countries.items()),
            key=lambda each: each[1],
        )
        self.fields["country"].choices = known  # type: ignore[attr-defined]


class StartPage(View):
    """Opening a shop, for somebody who is signed in."""

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the form."""
        person = _person_of(request)
        if person is None:
            return _to_sign_in(request)
        home = country_of(person.phone) if person.phone else ""
        form = ShopForm(initial={"country": home})
        if settings.SANDBOX and (invented := invent_business_id(home)):
            form.initial["tax_id"] = request.session[INVENTED_KEY] = invented
            form.fields["tax_id"].help_text = _("Only in test mode: this one is invented. Keep it.")
        return self._show(request, person, form)

    def post(self, request: HttpRequest) -> HttpResponse:
        """Open the shop and lead to it."""
        person = _person_of(request)
        if person is None:
            return _to_sign_in(request)
        form = ShopForm(request.POST)
        if not form.is_valid():
            return self._show(request, person, form, REFUSED)
        if len(memberships(person.pk)) >= MOST_SHOPS:
            form.add_error(None, _("You have twenty shops."))
            return self._show(request, person, form, REFUSED)
        facts = form.cleaned_data
        country = form.countries[facts["country"]]
        try:
            shop = open_shop(
                owner=person,
                facts=NewShop(
                    name=facts["name"],
                    legal_name=facts["legal_name"],
                    tax_id=_tax_id_for(request, facts["tax_id"], country.iso2),
                    country=country.iso2,
                    currency=country.currency,
                    timezone=country.timezone,
                ),
            )
        except TrocoError as refusal:
            form.add_error(_field_of(refusal, form), reason_of(refusal))
            return self._show(request, person, form, REFUSED)
        request.session[SHOP_KEY] = shop.public_id
        return see_other(reverse("portal:overview"))

    def _show(
        self, request: HttpRequest, person: Person, form: ShopForm, http_status: int = 200
    ) -> HttpResponse:
        now = business_now()
        closed = [
            country_name(iso2, facts.name)
            for iso2, facts in form.countries.items()
            if not takes_purchases(iso2, now)
        ]
        context = {
            "form": form,
            "person_name": name_of(person),
            "closed": closed,
            "has_shop": bool(memberships(person.pk)),
            "is_sandbox": settings.SANDBOX,
        }
        return render(request, "portal/start.html", context, status=http_status)


class JoinPage(View):
    """What an invitation's link opens."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        """Say who asks, and as what; who is not signed in is shown both ways in."""
        found = invite_by_token(token)
        if found is None:
            return lost(request, "404.html", 404)
        person = _person_of(request)
        here = urlencode({"next": request.path})
        context = {
            "shop_name": found.shop_name,
            "role": ROLES[found.role],
            "phone": found.phone,
            "person_name": name_of(person) if person else "",
            "sign_in_href": f"{reverse('portal:sign_in')}?{here}",
            "sign_up_href": f"{reverse('portal:sign_up')}?{here}",
            "is_sandbox": settings.SANDBOX,
        }
        return render(request, "portal/join.html", context)

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        """Join the team."""
        person = _person_of(request)
        if person is None:
            return _to_sign_in(request)
        try:
            member = accept_invite(token=token, person=person)
        except (NotFound, Forbidden) as refusal:
            is_none = isinstance(refusal, NotFound)
            return lost(request, "404.html" if is_none else "403.html", 404 if is_none else 403)
        except TrocoError:
            return see_other(reverse("portal:overview"))
        request.session[SHOP_KEY] = member.shop.public_id
        return see_other(reverse("portal:overview"))


class ChooseShop(View):
    """Which of their shops somebody acts for."""

    def post(self, request: HttpRequest) -> HttpResponse:
        """Remember it in the session; a shop that is not theirs changes nothing."""
        person = _person_of(request)
        if person is None:
            return _to_sign_in(request)
        asked = request.POST.get("shop", "")
        if asked in {each.shop.public_id for each in memberships(person.pk)}:
            request.session[SHOP_KEY] = asked
        return see_other(reverse("portal:overview"))


class OpenInShop(Page):
    """A page of one of the shops that somebody works for: where a push or a mail leads.

    Pages are of the shop that is chosen, so what another shop has would not be found.
    """

    def get(self, request: HttpRequest, shop_id: str, path: str) -> HttpResponse:
        """Choose the shop and lead to the page; a shop that is not theirs is none.

        A page of somebody else's that leads here chooses nothing; mail is read on such pages, so
        whoever comes from one is asked first.
        """
        names = {each.public_id: each.name for each in self.seat.shops}
        if shop_id not in names:
            raise NotFound
        is_foreign = request.headers.get("Sec-Fetch-Site") == "cross-site"
        if is_foreign and shop_id != self.seat.shop.public_id:
            here = {"name": names[shop_id], "href": request.get_full_path()}
            return self.page("other_shop.html", here)
        request.session[SHOP_KEY] = shop_id
        asked = request.META.get("QUERY_STRING", "")
        return see_other(reverse("portal:overview") + path + (f"?{asked}" if asked else ""))


def _person_of(request: HttpRequest) -> Person | None:
    try:
        return signed_in_person(request)
    except Unauthenticated:
        return None


def _tax_id_for(request: HttpRequest, given: str, country: str) -> str:
    """Return a shop's tax id; one that was invented is of the country that the shop is in.

    It was shown before the country was chosen, for the one that the phone's number is of, and
    whoever keeps it does as the page says.
    """
    if not settings.SANDBOX or given != request.session.get(INVENTED_KEY, ""):
        return given
    try:
        return read_tax_id(given, country=country, kind=PartyKind.BUSINESS)
    except TrocoError:
        return invent_business_id(country) or given


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    return see_other(f"{reverse('portal:sign_in')}?{urlencode({'next': request.path})}")


def _field_of(refusal: TrocoError, form: ShopForm) -> str | None:
    """Return the field that a refusal is about, if the form has it."""
    if refusal.code.startswith("tax_id"):
        return "tax_id"
    fields = refusal.extra.get("field_errors") if isinstance(refusal, InputInvalid) else None
    named = next(iter(fields), None) if isinstance(fields, dict) else None
    return str(named) if named in form.fields else None
