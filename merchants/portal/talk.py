"""Conversations: the list, the thread, and what the shop says in it."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.errors import NotFound, TrocoError
from core.ids import new_id
from merchants.portal.access import READERS, SELLERS, TALKERS
from merchants.portal.orders import next_verb
from merchants.portal.pages import REFUSED, Page, address_with, reason_of, see_other
from merchants.portal.picks import first_picks
from merchants.portal.sayings import words_of
from merchants.portal.talk_desk import chosen_of, filters_of, panel_of, replies_of
from merchants.portal.templatetags.troco import headline, money
from merchants.queries.beside import Beside, BesideCustomer, BesideOpen, OrderHead, beside_talks
from merchants.queries.shops import ShopFacts
from merchants.services import talk
from messaging import queries as messaging
from messaging.queries.facts import ConversationFacts, InboxRow, MessageFacts
from messaging.services.reading import mark_read
from people.queries import PartyFacts, parties_by_ids

INBOX_SIZE = 30
INBOX_MOST = 90
THREAD_SIZE = 40
THREAD_MOST = 200
FILES = {
    "image": gettext_lazy("Picture"),
    "sticker": gettext_lazy("Sticker"),
    "audio": gettext_lazy("Sound"),
    "video": gettext_lazy("Video"),
    "document": gettext_lazy("Document"),
}
NOT_SENT = gettext_lazy("It was not sent. One of you has blocked the other.")


class InboxPage(Page):
    """The shop's conversations, the latest first; beside them the one that is open."""

    section = "inbox"
    roles = TALKERS
    draft = ""
    message_error = ""
    reopened: Mapping[str, Mapping[str, str]] = MappingProxyType({})
    picked: Mapping[str, Mapping[str, int]] = MappingProxyType({})

    def get(self, _request: HttpRequest, public_id: str = "") -> HttpResponse:
        """Show the list, and the conversation that the address names."""
        return self.show(public_id)

    def show(self, public_id: str, *, http_status: int = 200) -> HttpResponse:
        """Render the list and the thread; opening a thread marks it as read."""
        opened = self._open(public_id) if public_id else None
        query = self.request.GET
        size = _size(query.get("size", ""), INBOX_SIZE, INBOX_MOST)
        found, following = messaging.inbox_among(
            self.seat.shop.party_id,
            chosen_of(self.seat, query),
            query.get("after"),
            size,
            name=query.get("q", "").strip(),
            is_unread=query.get("show") == "unread",
        )
        beside = beside_talks(self.seat.shop, [row.conversation for row in found], opened)
        context = {
            "q": query.get("q", ""),
            "filters": filters_of(query, beside.labels),
            "is_narrowed": any(query.get(name) for name in ("q", "show", "label", "after")),
            "share_href": reverse("portal:links") if self.seat.is_one_of(SELLERS) else "",
            "conversations": _rows(found, beside),
            **self._next(size, following),
            "conversation": None,
            "client_id": new_id("web"),
            "message_error": self.message_error,
            "draft": self.draft,
            "reopened": self.reopened,
            **(self._thread(opened, beside, beside.open) if opened and beside.open else {}),
        }
        return self.page("inbox.html", context, http_status=http_status)

    def _next(self, size: int, following: str | None) -> dict[str, Any]:
        """Return where more conversations are: in a longer list, or on a next page.

        The longer list has an address of its own, so what is fetched again when there is news
        is the list that is on the screen.
        """
        if following is None:
            return {"next_href": "", "is_longer": False}
        if size < INBOX_MOST:
            longer = str(min(size + INBOX_SIZE, INBOX_MOST))
            return {"next_href": address_with(self.request, size=longer), "is_longer": True}
        query = self.request.GET.copy()
        query["after"] = following
        return {"next_href": f"{reverse('portal:inbox')}?{query.urlencode()}", "is_longer": False}

    def _open(self, public_id: str) -> ConversationFacts:
        """Return the conversation that the address names, and mark it as read."""
        party_id = self.seat.shop.party_id
        facts = messaging.conversation_for(party_id, public_id)
        if facts.unread:
            mark_read(party_id=party_id, conversation_id=public_id, seq=facts.last_seq)
        return facts

    def _thread(
        self, facts: ConversationFacts, beside: Beside, opened: BesideOpen
    ) -> dict[str, Any]:
        query = self.request.GET
        bound = _number(query.get("before", ""))
        size = _size(query.get("messages", ""), THREAD_SIZE, THREAD_MOST)
        found, following = messaging.log_of(facts, bound, size)
        other = facts.counterpart
        name = other.display_name if other else facts.title
        newest = reverse("portal:conversation", args=[facts.public_id])
        customer = opened.customer
        picks, has_more = first_picks(self.seat.shop.id, self.picked)
        return {
            "conversation": {
                "id": facts.public_id,
                "name": name,
                "phone": customer.phone if customer else "",
                "is_direct": other is not None,
            },
            "messages_shown": self._messages(facts, found),
            **self._older(size, following),
            "newest_href": newest if bound else "",
            "picks": picks,
            "has_more_products": has_more,
            "customer": _customer(other, customer) if customer and other else None,
            "desk": panel_of(beside.marks[facts.public_id], beside.labels, opened),
            "replies": replies_of(self.seat, opened, name),
            "is_blocked": opened.is_blocked,
            "is_closed": self.seat.shop.closed_at is not None,
            "may_charge": other is not None
            and not opened.is_blocked
            and self.seat.membership.role in SELLERS,
            "sees_payments": self.seat.is_one_of(READERS),
        }

    def _messages(
        self, facts: ConversationFacts, found: Sequence[MessageFacts]
    ) -> list[dict[str, Any]]:
        """Return the log's lines; in a group each tells who speaks."""
        shop = self.seat.shop
        is_group = facts.counterpart is None
        senders = parties_by_ids(m.sender_id for m in found) if is_group else {}
        names = {number: party.display_name for number, party in senders.items()}
        return [
            {**_message(m, facts, shop), "sender": names.get(m.sender_id, "")}
            for m in reversed(found)
        ]

    def _older(self, size: int, following: int | None) -> dict[str, Any]:
        """Return where earlier messages are: in a longer log, or on a page before."""
        if following is None or following <= 1:
            return {"older_href": "", "is_log_longer": False}
        if size < THREAD_MOST:
            longer = str(min(size + THREAD_SIZE, THREAD_MOST))
            return {
                "older_href": address_with(self.request, messages=longer),
                "is_log_longer": True,
            }
        return {
            "older_href": address_with(self.request, before=str(following)),
            "is_log_longer": False,
        }


class SendText(InboxPage):
    """Says something as the shop, with the file of a quick reply where one was chosen."""

    def post(self, _request: HttpRequest, public_id: str) -> HttpResponse:
        """Send it and show the conversation; a refusal shows why beside the draft."""
        said = self.request.POST
        text, media_id = said.get("text", "").strip(), said.get("media", "")
        about: dict[str, Any] = {
            "shop_id": self.seat.shop.id,
            "person": self.seat.person,
            "conversation_id": public_id,
            "client_id": said.get("client_id") or new_id("web"),
            "text": text,
        }
        try:
            if media_id:
                talk.send_kept_file(**about, media_id=media_id)
            else:
                talk.send_text(**about)
        except NotFound:
            # Where the conversation is the shop's, one side blocks the other.
            messaging.conversation_for(self.seat.shop.party_id, public_id)
            self.draft, self.message_error = text, str(NOT_SENT)
            return self.show(public_id, http_status=REFUSED)
        except TrocoError as refusal:
            self.draft, self.message_error = text, reason_of(refusal)
            return self.show(public_id, http_status=REFUSED)
        return self.go("conversation", public_id)


class SendProduct(InboxPage):
    """Shows a product to the customer."""

    def post(self, _request: HttpRequest, public_id: str) -> HttpResponse:
        """Send it and show the conversation; a refusal is told there."""
        try:
            talk.send_product(
                shop_id=self.seat.shop.id,
                person=self.seat.person,
                conversation_id=public_id,
                client_id=self.request.POST.get("client_id") or new_id("web"),
                product_id=self.request.POST.get("product", ""),
            )
        except NotFound:
            raise
        except TrocoError as refusal:
            self.refused(refusal)
        return see_other(reverse("portal:conversation", args=[public_id]))


def _number(text: str) -> int | None:
    """Read a whole number of the address; what is none is left out."""
    plain = text.isascii() and text.isdigit() and len(text) <= 9  # noqa: PLR2004 - int4.
    return int(text) if plain else None


def _size(text: str, step: int, most: int) -> int:
    """Read how many rows are asked for, held between one step and the most."""
    return max(step, min(_number(text) or step, most))


def _rows(found: Sequence[InboxRow], beside: Beside) -> list[dict[str, Any]]:
    parties = [row.conversation.counterpart for row in found]
    return [
        {
            "id": row.conversation.public_id,
            "name": party.display_name if party else row.conversation.title,
            "last_text": _preview(row),
            "last_at": row.conversation.last_at,
            "unread": row.conversation.unread,
            "order_state": beside.states.get(party.id, "") if party else "",
            "labels": beside.marks[row.conversation.public_id].labels,
        }
        for row, party in zip(found, parties, strict=True)
    ]


def _customer(party: PartyFacts, customer: BesideCustomer) -> dict[str, Any]:
    summary = customer.summary
    return {
        "id": party.public_id,
        "name": party.display_name,
        "phone": customer.phone,
        "orders_count": summary.orders,
        "spent": summary.spent,
        "since": summary.since,
        "orders": [_order_row(order) for order in customer.orders],
    }


def _order_row(order: OrderHead) -> dict[str, Any]:
    return {
        "id": order.public_id,
        "number": order.number,
        "state": order.state.value,
        "at": order.placed_at,
        "total": order.total,
        "next": next_verb(order),
    }


def _preview(row: InboxRow) -> str:
    """Return the last message in a line."""
    message = row.last_message
    if message is None:
        return ""
    content, kind = message.content, message.kind if message.deleted_at is None else ""
    if kind in FILES:
        return str(content.get("caption") or content.get("name") or FILES[kind])
    if kind == "payment":
        return f"{headline(content['state'])}: {money(content['amount'])}"
    if kind == "order":
        return _("Order %(number)s") % {"number": content["number"]}
    return words_of(message)


def _message(message: MessageFacts, talked: ConversationFacts, shop: ShopFacts) -> dict[str, Any]:
    mine = message.sender_id == shop.party_id
    return {
        "id": message.public_id,
        "seq": message.seq,
        "mine": mine,
        "kind": message.shown_kind,
        "text": words_of(message),
        "content": message.content,
        "media": _media(message, shop),
        "sent_at": message.created_at,
        "receipt": _receipt(message.seq, talked) if mine else "",
    }


def _media(message: MessageFacts, shop: ShopFacts) -> dict[str, str] | None:
    """Return where the file of a message is fetched from, and what is said of a picture."""
    media_id = message.content.get("media")
    if message.kind not in FILES or not media_id:
        return None
    base, query = f"/v1/media/{media_id}", f"?party={shop.party_public_id}"
    return {
        "href": base + query,
        "thumbnail": f"{base}/thumbnail{query}",
        "alt": str(message.content.get("caption") or FILES[message.kind]),
    }


def _receipt(seq: int, talked: ConversationFacts) -> str:
    others = talked.others
    if others and all(other.read_seq >= seq for other in others):
        return "read"
    if others and all(other.delivered_seq >= seq for other in others):
        return "delivered"
    return "sent"
