"""One payment link: its address and code, who paid it, switching it off, and posters."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from core.errors import NotFound
from merchants.codes.amounts import plain_amount
from merchants.codes.posters import KINDS, PAPERS, draw
from merchants.codes.sheets import in_zone
from merchants.enums import LinkState
from merchants.portal.access import SELLERS, TALKERS
from merchants.portal.jobs import as_file
from merchants.portal.link_words import poster_of, product_poster
from merchants.portal.links import link_row
from merchants.portal.lists import Column, Empty, Fetched, Field, Listing, ListPage
from merchants.portal.pages import Page
from merchants.queries.catalogue import product_of_shop
from merchants.queries.links import LinkFacts, PaidUse, link_of_shop, paid_uses
from merchants.services.links import disable_link
from payments.codes.pictures import draw_code
from people.queries import party_by_id

PAPER_WORDS = {"a4": "A4", "a5": "A5", "a6": "A6", "80mm": gettext_lazy("Roll, 80 mm")}


class LinkPage(ListPage):
    """One link: its address, its code, its posters, and who paid it."""

    section = "links"
    roles = SELLERS
    name = "link_payments"
    caption = gettext_lazy("Who paid")
    template = "link.html"
    row_template = "parts/rows/link_payment.html"
    fields = (
        Field("from", gettext_lazy("From"), "date"),
        Field("to", pgettext_lazy("last day", "To"), "date"),
    )
    columns = (
        Column(gettext_lazy("Customer"), may_hide=False),
        Column(gettext_lazy("When")),
        Column(gettext_lazy("Amount"), is_end=True),
    )
    sheet_head = (
        "payment",
        "paid_at",
        "customer",
        "amount",
        "amount_minor",
        "currency",
        "time_zone",
    )
    link: LinkFacts

    def get(self, request: HttpRequest, public_id: str = "") -> HttpResponseBase:
        """Show it, if it is this shop's."""
        self.link = link_of(self, public_id)
        return super().get(request)

    def fetch(self, cursor: str | None, limit: int) -> Fetched:
        """Return one page of who paid."""
        return paid_uses(self.link.id, cursor, limit, self.asked_span())

    def rows(self, found: list[PaidUse]) -> list[dict[str, Any]]:
        """Return payments as their rows show them."""
        return [
            {
                "id": each.payment_ref,
                "customer": each.payer.display_name,
                "at": each.paid_at,
                "amount": each.amount,
            }
            for each in found
        ]

    def sheet_rows(self, found: list[PaidUse]) -> Iterable[Sequence[str]]:
        """Return payments as lines of the file."""
        return [_sheet_row(each, self.seat.shop.timezone) for each in found]

    def empty(self) -> Empty:
        """Say that it waits."""
        return Empty("qrcode", _("Nobody paid yet"), _("It appears here the moment somebody pays."))

    def beside(self, _listing: Listing) -> Mapping[str, Any]:
        """Add its address, its code and its posters."""
        link = self.link
        return {
            "link": link_row(link, self.now),
            "url": link.url,
            "qr": draw_code(link.url),
            "papers": [
                {
                    "words": words,
                    "files": [
                        {
                            "kind": kind.upper(),
                            "href": reverse("portal:poster", args=[link.public_id, paper, kind]),
                        }
                        for kind in KINDS
                    ],
                }
                for paper, words in PAPER_WORDS.items()
            ],
            "may_disable": link.state_at(self.now) != LinkState.DISABLED,
        }


class DisableLink(Page):
    """Switches a link off; it cannot be switched on again."""

    roles = SELLERS

    def post(self, _request: HttpRequest, public_id: str) -> HttpResponse:
        """Do it, and show the link."""
        disable_link(shop_id=self.seat.shop.id, link_id=public_id, actor=self.seat.person)
        self.done(_("The link is switched off. Its code leads to a page that says so."))
        return self.go("link", public_id)


class PosterFile(Page):
    """A link's poster, on one of four papers, as one of three kinds of file."""

    section = "links"
    roles = SELLERS

    def get(self, _request: HttpRequest, public_id: str, paper: str, kind: str) -> HttpResponse:
        """Draw it and hand it out."""
        if paper not in PAPERS or kind not in KINDS:
            raise NotFound
        link = link_of(self, public_id)
        party = party_by_id(self.seat.shop.party_id)
        legal_name = (party.legal_name if party else "") or self.seat.shop.name
        drawn = draw(poster_of(link, self.seat.shop, legal_name), paper, kind)
        name = f"{slugify(link.title) or 'link'}-{paper}.{kind}"
        return as_file(name, KINDS[kind], drawn)


class ProductPoster(Page):
    """The poster of a product, to share it on paper or as a picture."""

    roles = TALKERS

    def get(self, _request: HttpRequest, public_id: str, paper: str, kind: str) -> HttpResponse:
        """Draw it and hand it out."""
        product = product_of_shop(self.seat.shop.id, public_id)
        if product is None or paper not in PAPERS or kind not in KINDS:
            raise NotFound
        party = party_by_id(self.seat.shop.party_id)
        legal_name = (party.legal_name if party else "") or self.seat.shop.name
        drawn = draw(product_poster(product, self.seat.shop, legal_name), paper, kind)
        return as_file(f"{product.handle or 'product'}-{paper}.{kind}", KINDS[kind], drawn)


def link_of(page: Page, public_id: str) -> LinkFacts:
    """Return a link, if it is of the shop that the page is of.

    Raises:
        NotFound: It is not.
    """
    found = link_of_shop(page.seat.shop.id, public_id)
    if found is None:
        raise NotFound
    return found


def _sheet_row(paid: PaidUse, zone: str) -> Sequence[str]:
    return (
        paid.payment_ref,
        in_zone(paid.paid_at, zone),
        paid.payer.display_name,
        plain_amount(paid.amount),
        str(paid.amount.amount_minor),
        paid.amount.currency,
        zone,
    )
