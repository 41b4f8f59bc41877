"""Sending a payment link in a conversation: one that is there, or one that is made on the way."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from core.errors import NotFound, TrocoError
from core.ids import new_id
from merchants.enums import LinkState
from merchants.portal.access import SELLERS
from merchants.portal.links import LinkForm, link_row, wish_of
from merchants.portal.pages import REFUSED, Page, reason_of
from merchants.portal.talk import NOT_SENT
from merchants.portal.templatetags.troco import money
from merchants.queries.links import LinkFacts, LinkFilter, link_of_shop, links_of_shop
from merchants.services import talk
from merchants.services.links import make_link
from messaging.queries import conversation_for

SHOWN = 30


class SendLink(Page):
    """Chooses or makes a link, and sends its address to the customer."""

    section = "inbox"
    roles = SELLERS

    def get(self, _request: HttpRequest, public_id: str) -> HttpResponse:
        """Show the links that can be paid, and the form of a new one, good for one sale."""
        form = LinkForm(currency=self.seat.shop.currency, initial={"most_uses": 1})
        return self._show(public_id, form)

    def post(self, request: HttpRequest, public_id: str) -> HttpResponse:
        """Send the one that was chosen, or make one and send it."""
        shop = self.seat.shop
        conversation_for(shop.party_id, public_id)
        if "link" in request.POST:
            chosen = link_of_shop(shop.id, request.POST["link"])
            if chosen is None:
                raise NotFound
            return self._send(public_id, chosen)
        form = LinkForm(request.POST, currency=shop.currency)
        if form.is_valid():
            try:
                wish = wish_of(form, shop.timezone)
                made = make_link(shop_id=shop.id, actor=self.seat.person, wish=wish)
            except TrocoError as refusal:
                form.add_error(None, reason_of(refusal))
            else:
                return self._send(public_id, link_of_shop(shop.id, made.public_id))
        return self._show(public_id, form, http_status=REFUSED)

    def _send(self, public_id: str, link: LinkFacts | None) -> HttpResponse:
        """Say what the link is for, how much it asks for, and where it is."""
        if link is None or link.state_at(self.now) != LinkState.OPEN:
            self.done(_("This link can no longer be paid. Choose another."))
            return self.go("send_link", public_id)
        what = f"{link.title} · {money(link.amount)}" if link.amount else link.title
        try:
            talk.send_text(
                shop_id=self.seat.shop.id,
                person=self.seat.person,
                conversation_id=public_id,
                client_id=self.request.POST.get("client_id") or new_id("web"),
                text=f"{what}\n{link.url}",
            )
        except NotFound:
            self.refused(NotFound(NOT_SENT))
        except TrocoError as refusal:
            self.refused(refusal)
        return self.go("conversation", public_id)

    def _show(self, public_id: str, form: LinkForm, *, http_status: int = 200) -> HttpResponse:
        shop = self.seat.shop
        facts = conversation_for(shop.party_id, public_id)
        narrowed = LinkFilter("open", is_counter_sale=False)
        found, _more = links_of_shop(shop.id, narrowed, self.now, None, SHOWN)
        other = facts.counterpart
        context = {
            "conversation": {
                "id": facts.public_id,
                "name": other.display_name if other else facts.title,
            },
            "links": [link_row(each, self.now) for each in found],
            "form": form,
            "client_id": new_id("web"),
        }
        return self.page("send_link.html", context, http_status=http_status)
