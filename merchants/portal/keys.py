"""Keys of the shop's programs: made and shown once, rolled, ended."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.api import address_of
from core.errors import Forbidden, InputInvalid, NotFound, TrocoError
from merchants.codes.amounts import plain_amount
from merchants.codes.sheets import in_zone
from merchants.enums import KeyScope
from merchants.portal.access import PROGRAMMERS
from merchants.portal.amount_form import AmountForm
from merchants.portal.lists import ALL, Column, Empty, Fetched, Field, Listing, ListPage
from merchants.portal.pages import REFUSED, Page, reason_of
from merchants.portal.program_words import OVERLAPS, SCOPES
from merchants.portal.step_up import StepUpForm
from merchants.queries.keys import KeyFacts, key_of_shop, keys_of_shop
from merchants.services.key_addresses import limit_addresses
from merchants.services.keys import (
    make_key,
    revoke_key,
    roll_key,
    scopes_given_by,
)

_AT_ADDRESSES = "from_%s"
_AT_END = "end_%s"


class KeyForm(AmountForm, StepUpForm):
    """What a new key is for, and what it opens: as much as its maker may give."""

    name = forms.CharField(
        label=gettext_lazy("What it is for"),
        max_length=80,
        help_text=gettext_lazy("Such as “Bot” or “Accounting”. Only your team sees it."),
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("What it opens"),
        choices=list(SCOPES.items()),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Nothing else can be done with it. Less is safer."),
    )
    amount = forms.CharField(
        label=gettext_lazy("Gives back of one payment at most"),
        max_length=20,
        required=False,
        help_text=gettext_lazy("Of a key that refunds. Leave it empty for any amount."),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "num"}),
    )

    field_order = ("name", "scopes", "amount", "code")

    def __init__(
        self, *args: Any, currency: str, scopes: frozenset[KeyScope], **kwargs: Any
    ) -> None:
        """Leave out what cannot be had."""
        super().__init__(*args, currency=currency, **kwargs)
        if KeyScope.REFUNDS not in scopes:
            del self.fields["amount"]
        kept = [each for each in SCOPES.items() if each[0] in scopes]
        self.fields["scopes"].choices = kept  # type: ignore[attr-defined]  # A choice field's.

    def clean(self) -> dict[str, Any]:
        """Refuse a limit of what is not opened."""
        facts = super().clean() or self.cleaned_data
        if facts.get("amount") and KeyScope.REFUNDS not in facts.get("scopes", []):
            self.add_error("amount", _("This key opens no refunds. Leave the limit empty."))
        return facts


class RollForm(StepUpForm):
    """For how long the old key opens beside the new one."""

    overlap = forms.ChoiceField(
        label=gettext_lazy("The old key goes on working"), choices=OVERLAPS, initial="24"
    )

    field_order = ("overlap", "code")


class AddressesForm(StepUpForm):
    """From where a key opens: an address or a range on each line."""

    addresses = forms.CharField(
        label=gettext_lazy("Addresses of your program"),
        max_length=4_000,
        required=False,
        help_text=gettext_lazy(
            "One on each line, IPv4 or IPv6, such as 203.0.113.7 or 2001:db8::/32. Leave it empty"
            " if it may call from everywhere."
        ),
        widget=forms.Textarea(attrs={"rows": 4, "class": "code", "spellcheck": "false"}),
    )

    field_order = ("addresses", "code")


class KeysPage(ListPage):
    """The keys that open something."""

    section = "developers"
    roles = PROGRAMMERS
    name = "keys"
    caption = gettext_lazy("Keys")
    template = "keys.html"
    row_template = "parts/rows/key.html"
    fields = (
        Field(
            "opens",
            gettext_lazy("It opens"),
            "choice",
            (ALL, *SCOPES.items()),
        ),
    )
    columns = (
        Column(gettext_lazy("Key"), may_hide=False),
        Column(gettext_lazy("It opens")),
        Column(gettext_lazy("Made")),
        Column(gettext_lazy("Last used"), is_end=True),
    )
    sheet_head = (
        "id",
        "name",
        "key",
        "opens",
        "refunds_up_to",
        "currency",
        "addresses",
        "made_at",
        "used_at",
        "ends_at",
        "time_zone",
    )

    def fetch(self, _cursor: str | None, _limit: int) -> Fetched:
        """Return all of them, newest first: nobody keeps more than fit on a page."""
        return list(keys_of_shop(self.seat.shop.id, self.asked("opens"))), None

    def rows(self, found: list[KeyFacts]) -> list[dict[str, Any]]:
        """Return keys as their rows show them."""
        return [_row(key) for key in found]

    def sheet_rows(self, found: list[KeyFacts]) -> Iterable[Sequence[str]]:
        """Return keys as lines of the file, never what opens."""
        return [_sheet_row(key, self.seat.shop.timezone) for key in found]

    def empty(self) -> Empty:
        """Say what a key is for."""
        return Empty(
            "key",
            _("No keys yet"),
            _(
                "A key lets your own program read orders, send messages or hear news, and nothing"
                " more than you choose. It is shown once."
            ),
            reverse("portal:key_new"),
            _("Make the first key"),
        )

    def beside(self, listing: Listing) -> Mapping[str, Any]:
        """Add an example of a call."""
        return {
            "sections": sections("keys"),
            "base_url": settings.TROCO_PUBLIC_URL,
            "sample_key": listing.rows[0]["hint"] if listing.rows else "sk_…",
        }


class NewKeyPage(Page):
    """The form of a new key; the answer to it shows the key, this once."""

    section = "developers"
    roles = PROGRAMMERS

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show an empty form."""
        return self._show(self._form(initial={"scopes": [KeyScope.MESSAGES, KeyScope.ORDERS]}))

    def post(self, _request: HttpRequest) -> HttpResponse:
        """Make the key on a fresh code."""
        form = self._form(self.request.POST)
        if not form.is_valid() or not form.is_proven_on(self):
            return self._show(form, http_status=REFUSED)
        facts = form.cleaned_data
        try:
            made = make_key(
                shop_id=self.seat.shop.id,
                actor=self.seat.person,
                name=facts["name"],
                scopes=[KeyScope(each) for each in facts["scopes"]],
                refund_limit=facts.get("amount"),
            )
        except TrocoError as refusal:
            form.add_error(None, reason_of(refusal))
            return self._show(form, http_status=REFUSED)
        return show_secret(
            self, _("Your new key"), made.secret, reverse("portal:keys"), _("To the keys")
        )

    def _form(self, *args: Any, **kwargs: Any) -> KeyForm:
        seat = self.seat
        given = scopes_given_by(seat.membership.role)
        return KeyForm(*args, currency=seat.shop.currency, scopes=given, **kwargs)

    def _show(self, form: KeyForm, *, http_status: int = 200) -> HttpResponse:
        return self.page("key_new.html", {"form": form}, http_status=http_status)


class KeyPage(Page):
    """One key: what it opens, when it was used, and its two ends."""

    section = "developers"
    roles = PROGRAMMERS

    def get(self, _request: HttpRequest, public_id: str) -> HttpResponse:
        """Show it."""
        return self._show(self._key(public_id))

    def post(self, _request: HttpRequest, public_id: str) -> HttpResponse:
        """Roll it, end it, or say from where it opens, on a fresh code."""
        key, verb = self._key(public_id), self.request.POST.get("verb")
        if verb == "end":
            return self._end(key)
        return self._limit(key) if verb == "addresses" else self._roll(key)

    def _roll(self, key: KeyFacts) -> HttpResponse:
        form = RollForm(self.request.POST)
        if not form.is_valid() or not form.is_proven_on(self):
            return self._show(key, roll_form=form)
        overlap = timedelta(hours=int(form.cleaned_data["overlap"]))
        try:
            made = roll_key(
                shop_id=key.shop_id, actor=self.seat.person, key_id=key.public_id, overlap=overlap
            )
        except TrocoError as refusal:
            form.add_error(None, reason_of(refusal))
            return self._show(key, roll_form=form)
        back = reverse("portal:keys")
        return show_secret(self, _("The key in its place"), made.secret, back, _("To the keys"))

    def _limit(self, key: KeyFacts) -> HttpResponse:
        form = AddressesForm(self.request.POST, auto_id=_AT_ADDRESSES)
        if not form.is_valid() or not form.is_proven_on(self):
            return self._show(key, addresses_form=form)
        lines = form.cleaned_data["addresses"].splitlines()
        try:
            limit_addresses(
                shop_id=key.shop_id,
                actor=self.seat.person,
                key_id=key.public_id,
                addresses=[line for line in lines if line.strip()],
            )
        except TrocoError as refusal:
            is_of_field = isinstance(refusal, InputInvalid)
            form.add_error("addresses" if is_of_field else None, reason_of(refusal))
            return self._show(key, addresses_form=form)
        self.done(_("Saved. The next call from elsewhere is refused."))
        return self.go("key", key.public_id)

    def _end(self, key: KeyFacts) -> HttpResponse:
        form = StepUpForm(self.request.POST, auto_id=_AT_END)
        if not form.is_valid() or not form.is_proven_on(self):
            return self._show(key, end_form=form)
        try:
            revoke_key(shop_id=key.shop_id, actor=self.seat.person, key_id=key.public_id)
        except Forbidden as refusal:
            form.add_error(None, reason_of(refusal))
            return self._show(key, end_form=form)
        self.done(_("The key opens nothing any more."))
        return self.go("keys")

    def _key(self, public_id: str) -> KeyFacts:
        found = key_of_shop(self.seat.shop.id, public_id)
        if found is None:
            raise NotFound
        return found

    def _show(self, key: KeyFacts, **refused: StepUpForm) -> HttpResponse:
        """Show the key with its forms: fresh ones, but for the one that was refused."""
        given = scopes_given_by(self.seat.membership.role)
        known = {"addresses": "\n".join(key.addresses)}
        context: dict[str, Any] = {
            "key": _row(key),
            "is_theirs": given.issuperset(key.scopes),
            "own_address": address_of(self.request),
            "roll_form": RollForm(),
            "addresses_form": AddressesForm(initial=known, auto_id=_AT_ADDRESSES),
            "end_form": StepUpForm(auto_id=_AT_END),
            **refused,
        }
        return self.page("key.html", context, http_status=REFUSED if refused else 200)


def show_secret(page: Page, title: str, secret: str, back: str, back_words: str) -> HttpResponse:
    """Answer a form with a secret, which is on this one page and nowhere else."""
    context = {"title": title, "secret": secret, "back": back, "back_words": back_words}
    answer = page.page("secret.html", context)
    answer["Cache-Control"] = "no-store"
    return answer


def sections(current: str) -> list[dict[str, Any]]:
    """Return the pages for developers, the current one marked."""
    known = (
        ("keys", _("Keys")),
        ("webhooks", _("Webhooks")),
        ("line", _("Your number")),
        ("events", _("Events")),
        ("calls", _("Request log")),
    )
    return [
        {"words": words, "href": reverse(f"portal:{name}"), "current": name == current}
        for name, words in known
    ]


def _sheet_row(key: KeyFacts, zone: str) -> Sequence[str]:
    def at(moment: datetime | None) -> str:
        return in_zone(moment, zone) if moment else ""

    return (
        *(key.public_id, key.name, key.hint, " ".join(key.scopes)),
        plain_amount(key.refund_limit) if key.refund_limit else "",
        *(key.currency, " ".join(key.addresses)),
        *(at(key.made_at), at(key.used_at), at(key.ends_at), zone),
    )


def _row(key: KeyFacts) -> dict[str, Any]:
    return {
        "id": key.public_id,
        "name": key.name,
        "hint": key.hint,
        "scopes": [SCOPES.get(scope, scope) for scope in key.scopes],
        "codes": key.scopes,
        "refunds": KeyScope.REFUNDS in key.scopes,
        "refund_limit": key.refund_limit,
        "addresses": key.addresses,
        "made_at": key.made_at,
        "used_at": key.used_at,
        "ends_at": key.ends_at,
    }
