"""Payment links: the list, and a new one."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import TrocoError
from merchants.codes.amounts import plain_amount
from merchants.codes.sheets import in_zone
from merchants.portal.access import SELLERS
from merchants.portal.amount_form import AmountForm
from merchants.portal.lists import Column, Empty, Fetched, Field, ListPage
from merchants.portal.pages import REFUSED, Page, address_with, reason_of
from merchants.portal.payable import account_frame
from merchants.queries.links import LinkFacts, LinkFilter, links_of_shop
from merchants.services.links import LAST_YEAR, MOST_USES, LinkWish, make_link

KEYPAD = "keypad"
"""What the address says for links that were made with it, for one sale each."""


class LinksPage(ListPage):
    """The shop's links, each with what it brought."""

    section = "links"
    roles = SELLERS
    name = "links"
    caption = gettext_lazy("Payment links")
    template = "links.html"
    row_template = "parts/rows/link.html"
    carried = ("show", "made")
    known: ClassVar = {"show": ("open", "over"), "made": (KEYPAD,)}
    fields = (Field("q", gettext_lazy("Title"), is_wide=True),)
    columns = (
        Column(gettext_lazy("Link"), may_hide=False),
        Column(gettext_lazy("State")),
        Column(gettext_lazy("Ends")),
        Column(gettext_lazy("Paid"), is_end=True),
        Column(gettext_lazy("Brought"), is_end=True),
        Column(gettext_lazy("Amount"), is_end=True),
    )
    sheet_head = (
        "id",
        "title",
        "address",
        "state",
        "amount",
        "currency",
        "most_uses",
        "paid",
        "brought",
        "created_at",
        "expires_at",
    )

    def fetch(self, cursor: str | None, limit: int) -> Fetched:
        """Return one page of links: those of the keypad only where they are asked for."""
        is_counter_sale = self.asked("made") == KEYPAD
        narrowed = LinkFilter(self.asked("show"), self.asked("q"), is_counter_sale)
        return links_of_shop(self.seat.shop.id, narrowed, self.now, cursor, limit)

    def rows(self, found: list[LinkFacts]) -> list[dict[str, Any]]:
        """Return links as their rows show them."""
        return [link_row(each, self.now) for each in found]

    def sheet_rows(self, found: list[LinkFacts]) -> Iterable[Sequence[str]]:
        """Return links as lines of the file."""
        zone = self.seat.shop.timezone
        return [_sheet_row(each, self.now, zone) for each in found]

    def chips(self) -> list[dict[str, Any]]:
        """Return which links can be looked at with one press."""
        return [
            self.chip(_("All"), "show", ""),
            self.chip(_("Can be paid"), "show", "open"),
            self.chip(_("Over"), "show", "over"),
            self._keypad_chip(),
        ]

    def _keypad_chip(self) -> dict[str, Any]:
        """Return a chip that shows the links of the keypad, or goes back to the others."""
        is_set = self.asked("made") == KEYPAD
        address = address_with(self.request, made=None if is_set else KEYPAD, after=None)
        words = _("From the keypad")
        return {"words": words, "href": address, "count": None, "current": is_set}

    def empty(self) -> Empty:
        """Say what a link is for."""
        return Empty(
            "qrcode",
            _("No payment links yet"),
            _(
                "A link, or its code on a poster, is paid by whoever opens it: at the counter, in a"
                " message, on a page of yours. You see who paid, and how much it brought."
            ),
            reverse("portal:link_new"),
            _("Make the first link"),
        )


class LinkForm(AmountForm):
    """What a new link shall be; the amount as people write it."""

    title = forms.CharField(
        label=gettext_lazy("What it is for"),
        max_length=80,
        help_text=gettext_lazy("Whoever pays reads it, such as: Christmas basket."),
    )
    amount = forms.CharField(
        label=gettext_lazy("Amount"),
        max_length=20,
        required=False,
        help_text=gettext_lazy("Leave it empty to let the customer say how much."),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "num"}),
    )
    most_uses = forms.IntegerField(
        label=gettext_lazy("How often it can be paid"),
        required=False,
        min_value=1,
        max_value=MOST_USES,
        help_text=gettext_lazy("1 for one sale; leave it empty for a poster at the counter."),
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "class": "num"}),
    )
    last_day = forms.DateField(
        label=gettext_lazy("Last day"),
        required=False,
        help_text=gettext_lazy("Leave it empty if it never ends."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def clean_last_day(self) -> date | None:
        """Refuse a day beyond all that can be shown."""
        day: date | None = self.cleaned_data["last_day"]
        if day is not None and day.year > LAST_YEAR:
            raise forms.ValidationError(self.fields["last_day"].error_messages["invalid"])
        return day


def wish_of(form: LinkForm, zone: str) -> LinkWish:
    """Return what a valid form asks for; a link's last day ends in the shop's time zone."""
    facts = form.cleaned_data
    return LinkWish(
        title=facts["title"],
        amount=facts["amount"],
        most_uses=facts["most_uses"],
        expires_at=_end_of(facts["last_day"], zone),
    )


class NewLinkPage(Page):
    """Makes a link."""

    section = "links"
    roles = SELLERS

    def get(self, _request: HttpRequest) -> HttpResponse:
        """Show the empty form."""
        return self._show(LinkForm(currency=self.seat.shop.currency))

    def post(self, _request: HttpRequest) -> HttpResponse:
        """Make it, or show what must be corrected."""
        form = LinkForm(self.request.POST, currency=self.seat.shop.currency)
        if form.is_valid():
            wish = wish_of(form, self.seat.shop.timezone)
            try:
                link = make_link(shop_id=self.seat.shop.id, actor=self.seat.person, wish=wish)
            except TrocoError as refusal:
                form.add_error(None, reason_of(refusal))
            else:
                self.done(_("The link can be paid from now on."))
                return self.go("link", link.public_id)
        return self._show(form, http_status=REFUSED)

    def _show(self, form: LinkForm, *, http_status: int = 200) -> HttpResponse:
        context = {"form": form, **account_frame(self.seat)}
        return self.page("link_new.html", context, http_status=http_status)


def link_row(link: LinkFacts, moment: datetime) -> dict[str, Any]:
    """Return a link as a row shows it."""
    return {
        "id": link.public_id,
        "title": link.title,
        "code": link.code,
        "state": link.state_at(moment).value,
        "amount": link.amount,
        "currency": link.currency,
        "most_uses": link.most_uses,
        "paid_count": link.paid_count,
        "paid_total": link.paid_total,
        "created_at": link.created_at,
        "expires_at": link.expires_at,
    }


def _end_of(day: date | None, zone: str) -> datetime | None:
    """Return the end of a day in the shop's time zone."""
    if day is None:
        return None
    following = day + timedelta(days=1)
    return datetime(following.year, following.month, following.day, tzinfo=ZoneInfo(zone))


def _sheet_row(link: LinkFacts, moment: datetime, zone: str) -> Sequence[str]:
    return (
        link.public_id,
        link.title,
        link.url,
        link.state_at(moment).value,
        plain_amount(link.amount) if link.amount else "",
        link.currency,
        str(link.most_uses or ""),
        str(link.paid_count),
        plain_amount(link.paid_total),
        in_zone(link.created_at, zone),
        in_zone(link.expires_at, zone) if link.expires_at else "",
    )
