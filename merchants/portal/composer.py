"""What the composer sends besides words: products, an order, a demand for money, a place."""

import re
from typing import Any, ClassVar

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import InputInvalid, NotFound, TrocoError
from core.ids import new_id
from core.money import Money
from merchants.codes.amounts import read_amount
from merchants.portal.access import SELLERS
from merchants.portal.pages import REFUSED, reason_of
from merchants.portal.picks import picked_in
from merchants.portal.talk import InboxPage
from merchants.queries.catalogue import products_on_show_named
from merchants.services import talk
from merchants.services.line_orders import MAX_LINES, Sale, SaleLine, offer_order
from merchants.services.stock import StockShort
from messaging import queries as messaging

MOST_PRODUCTS = 30
LONGEST_WORDS = 120
_MANY = gettext_lazy("At most %(most)s products at once. Send the rest after them.")
_DEGREES = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,10})?")


class Send(InboxPage):
    """Sends something to the customer of a conversation, and shows it again.

    Attributes:
        dialog: Which of the composer's dialogs its form stands in.
    """

    dialog: ClassVar[str]

    def post(self, _request: HttpRequest, public_id: str) -> HttpResponse:
        """Send it; a refusal opens the dialog again, with why and with what was typed."""
        try:
            self.send(public_id)
        except NotFound:
            raise
        except TrocoError as refusal:
            typed = {name: str(text) for name, text in self.request.POST.items()}
            self.reopened = {self.dialog: {**typed, "why": reason_of(refusal)}}
            self.picked = {self.dialog: picked_in(self.request.POST)}
            return self.show(public_id, http_status=REFUSED)
        return self.go("conversation", public_id)

    def send(self, public_id: str) -> None:
        """Send what the form says."""
        raise NotImplementedError

    @property
    def client_id(self) -> str:
        """The browser's own id for it: the same twice is one."""
        return self.request.POST.get("client_id") or new_id("web")


class SendProducts(Send):
    """Shows several products, one after the other."""

    dialog = "products"

    def send(self, public_id: str) -> None:
        """Show each that is ticked."""
        ticked = self.request.POST.getlist("product")
        if not ticked:
            raise InputInvalid(_("Tick what you want to send."))
        if len(ticked) > MOST_PRODUCTS:
            raise InputInvalid(_MANY % {"most": MOST_PRODUCTS})
        for number, product in enumerate(ticked):
            talk.send_product(
                shop_id=self.seat.shop.id,
                person=self.seat.person,
                conversation_id=public_id,
                client_id=f"{self.client_id}-{number}",
                product_id=product,
            )


class SendOrder(Send):
    """Puts an order together for the customer, who can pay it at once."""

    dialog = "order"
    roles = SELLERS

    def send(self, public_id: str) -> None:
        """Offer what has a number beside it."""
        shop = self.seat.shop
        picked = picked_in(self.request.POST)
        if len(picked) > MAX_LINES:
            raise InputInvalid(_MANY % {"most": MAX_LINES})
        lines = [
            SaleLine(
                product.public_id,
                product.name,
                picked[product.public_id],
                product.price.amount_minor,
            )
            for product in products_on_show_named(shop.id, list(picked))
        ]
        if not picked:
            raise InputInvalid(_("Say how many of which product."))
        if len(lines) < len(picked):
            # One was hidden since: nobody is sent less than what was put together.
            raise StockShort
        total = sum(line.unit_minor * line.quantity for line in lines)
        note = self.request.POST.get("note", "").strip()
        self.offer(public_id, lines, Money(total, shop.currency), note)

    def offer(self, public_id: str, lines: list[SaleLine], total: Money, note: str) -> None:
        """Make the order and show it in the conversation."""
        other = messaging.conversation_for(self.seat.shop.party_id, public_id).counterpart
        if other is None:
            raise InputInvalid(_("An order is for one person. Open your conversation with them."))
        offer_order(
            shop_id=self.seat.shop.id,
            buyer_id=other.id,
            conversation_id=public_id,
            sale=Sale(
                reference=f"portal-{self.client_id}"[:60],
                lines=lines,
                total=total,
                tax_minor=0,
                shipping_minor=0,
                discount_minor=0,
                until=None,
                note=note,
                configuration="",
                asked={"portal": self.seat.person.login},
            ),
        )


class Charge(SendOrder):
    """Asks for an amount: an order of one line that the shop writes itself."""

    dialog = "charge"

    def send(self, public_id: str) -> None:
        """Offer the amount, under the words that were given."""
        shop, said = self.seat.shop, self.request.POST
        amount = read_amount(said.get("amount", "").strip(), shop.currency)
        if amount is None or amount.amount_minor <= 0:
            raise InputInvalid(_("Write the amount like 12,50."))
        words = said.get("words", "").strip()[:LONGEST_WORDS] or str(_("Payment"))
        self.offer(public_id, [SaleLine("charge", words, 1, amount.amount_minor)], amount, "")


class SendPlace(Send):
    """Shows a place on earth."""

    dialog = "place"

    def send(self, public_id: str) -> None:
        """Send where the form says."""
        said = self.request.POST
        content: dict[str, Any] = {
            name: text
            for name in ("name", "address")
            if (text := said.get(name, "").strip()[:LONGEST_WORDS])
        }
        for name in ("latitude", "longitude"):
            text = said.get(name, "").strip().replace(",", ".")
            if not _DEGREES.fullmatch(text):
                raise InputInvalid(_("Write both coordinates, such as -23.55 and -46.63."))
            content[name] = float(text)
        talk.send_place(
            shop_id=self.seat.shop.id,
            person=self.seat.person,
            conversation_id=public_id,
            client_id=self.client_id,
            place=content,
        )
