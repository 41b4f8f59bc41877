"""What a shop knows beside its conversations: of each on a page, and of the one that is open.

The page shows a dozen small lists at once, so they are asked in one statement.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet

from core.bundles import ask_together
from core.money import Money
from merchants.enums import OrderState
from merchants.models import Label, NewsWish, Order, QuickReply, TalkNote, TeamMember
from merchants.queries.customers import CustomerSummary, read_summary, summary_asked
from merchants.queries.desk import DeskTalk, LabelFacts, NoteFacts, marks_asked, read_marks
from merchants.queries.shops import ShopFacts
from messaging.queries.facts import ConversationFacts
from people.phones import shown_phone
from people.queries import PartyFacts, phone_of
from people.services.blocks import block_of

OPEN_STATES = (
    OrderState.PLACED,
    OrderState.AWAITING_PAYMENT,
    OrderState.PAID,
    OrderState.PREPARING,
    OrderState.READY,
)
"""States in which an order still asks something of somebody."""

NOTES = 10
NOTES_OF_CUSTOMER = 20
ORDERS = 5
REPLIES = 200

Found = Mapping[str, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class OrderHead:
    """An order in a line: without what was ordered."""

    public_id: str
    number: int
    state: OrderState
    total: Money
    placed_at: datetime
    external_received_at: datetime | None


@dataclass(frozen=True, slots=True)
class BesideCustomer:
    """The customer of the open conversation: number, what they did at the shop, newest orders.

    Of the number only the end is readable.
    """

    phone: str
    summary: CustomerSummary
    orders: tuple[OrderHead, ...]


@dataclass(frozen=True, slots=True)
class ReplyFacts:
    """A quick reply: its word, its text, and the file that goes with it, where one does."""

    text: str
    word: str
    file_id: str | None
    file_name: str | None


@dataclass(frozen=True, slots=True)
class BesideOpen:
    """What stands beside the open conversation.

    Attributes:
        customer: Who is talked with; None in a group.
        notes: The team's newest notes about the conversation.
        team: Everybody's login and name, the longest there first.
        replies: The shop's quick replies by their words.
        is_blocked: Whether the shop blocks the customer.
    """

    customer: BesideCustomer | None
    notes: tuple[NoteFacts, ...]
    team: tuple[tuple[str, str], ...]
    replies: tuple[ReplyFacts, ...]
    is_blocked: bool


@dataclass(frozen=True, slots=True)
class CustomerDesk:
    """What stands beside one customer.

    Attributes:
        phone: The number with only its end readable; empty without any.
        labels: The shop's labels by name.
        stuck: The names of those that are on the conversation with the customer.
        notes: The team's newest notes about it.
        news: Whether they want the shop's news; None where they never said.
        news_at: When they said so.
    """

    phone: str
    labels: tuple[LabelFacts, ...]
    stuck: frozenset[str]
    notes: tuple[NoteFacts, ...]
    news: bool | None = None
    news_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Beside:
    """What stands beside the conversations of a page.

    Attributes:
        labels: The shop's labels by name.
        marks: Labels and holder of each conversation, by its public id.
        states: The state of each customer's newest open order, by the party's key.
        open: Of the one that is open; None where none is.
    """

    labels: tuple[LabelFacts, ...]
    marks: Mapping[str, DeskTalk]
    states: Mapping[int, str]
    open: BesideOpen | None


def beside_talks(
    shop: ShopFacts, listed: Sequence[ConversationFacts], opened: ConversationFacts | None
) -> Beside:
    """Return what stands beside some conversations; one query.

    Args:
        shop: The shop.
        listed: The conversations of the list.
        opened: The one whose messages are shown, in the list or not.
    """
    talks = [(each.id, each.public_id) for each in (*listed, *([opened] if opened else ()))]
    buyers = [each.counterpart.id for each in listed if each.counterpart]
    questions = {
        "labels": _told_labels(Label.objects.filter(shop_id=shop.id, removed_at__isnull=True)),
        "states": _newest_open(shop.id, buyers),
        **marks_asked(shop.id, [key for key, _public_id in talks]),
    }
    if opened:
        questions |= _asked_beside(shop, opened)
    found = ask_together(**questions)
    return Beside(
        labels=tuple(LabelFacts(**row) for row in found["labels"]),
        marks={each.conversation: each for each in read_marks(found, talks)},
        states={row["buyer_id"]: row["state"] for row in found["states"]},
        open=_read_open(found, shop, opened.counterpart) if opened else None,
    )


def beside_customer(shop_id: int, party_id: int, talk: str) -> CustomerDesk:
    """Return what stands beside one customer; one query.

    Args:
        shop_id: Primary key of the shop.
        party_id: The customer.
        talk: Public id of the conversation with them.
    """
    labels = Label.objects.filter(shop_id=shop_id, removed_at__isnull=True)
    stuck = labels.filter(talks__conversation__public_id=talk)
    notes = TalkNote.objects.filter(shop_id=shop_id, conversation__public_id=talk)
    wishes = NewsWish.objects.filter(shop_id=shop_id, party_id=party_id)
    found = ask_together(
        phone=phone_of(party_id),
        labels=_told_labels(labels),
        stuck=stuck.values("name"),
        notes=_told_notes(notes, NOTES_OF_CUSTOMER),
        wish=wishes.values("is_wanted", "changed_at"),
    )
    wish = found["wish"][0] if found["wish"] else None
    return CustomerDesk(
        phone=_read_phone(found),
        labels=tuple(LabelFacts(**row) for row in found["labels"]),
        stuck=frozenset(row["name"] for row in found["stuck"]),
        notes=tuple(_note(row) for row in found["notes"]),
        news=wish["is_wanted"] if wish else None,
        news_at=datetime.fromisoformat(wish["changed_at"]) if wish else None,
    )


def _told_labels(rows: QuerySet[Label]) -> QuerySet[Label, Any]:
    return rows.order_by("name").values("name", "colour")


def _told_notes(rows: QuerySet[TalkNote], limit: int) -> QuerySet[TalkNote, Any]:
    who = {"login": F("author__login"), "name": F("author__party__display_name")}
    told = rows.order_by("-id").values("public_id", "text", "created_at", **who)
    return told[:limit]


def _newest_open(shop_id: int, buyers: Sequence[int]) -> QuerySet[Order, Any]:
    rows = Order.objects.filter(shop_id=shop_id, buyer_id__in=buyers, state__in=OPEN_STATES)
    newest = rows.order_by("buyer_id", "-id").distinct("buyer_id")
    return newest.values("buyer_id", "state")


def _asked_beside(shop: ShopFacts, talk: ConversationFacts) -> dict[str, QuerySet[Any, Any]]:
    shop_id = shop.id
    team = TeamMember.objects.filter(shop_id=shop_id, removed_at__isnull=True).order_by("id")
    notes = TalkNote.objects.filter(shop_id=shop_id, conversation_id=talk.id)
    replies = QuickReply.objects.filter(shop_id=shop_id).order_by("shortcut")
    asked: dict[str, QuerySet[Any, Any]] = {
        "team": team.values(login=F("person__login"), name=F("person__party__display_name")),
        "notes": _told_notes(notes, NOTES),
        "replies": replies.values(
            "text",
            word=F("shortcut"),
            file_id=F("media__public_id"),
            file_name=F("media__filename"),
        )[:REPLIES],
    }
    if talk.counterpart:
        buyer = talk.counterpart.id
        orders = Order.objects.filter(shop_id=shop_id, buyer_id=buyer).order_by("-id")
        asked["block"] = block_of(shop.party_id, buyer)
        asked["phone"] = phone_of(buyer)
        asked["summary"] = summary_asked(shop_id, buyer)
        asked["orders"] = orders.values(
            "public_id",
            "number",
            "state",
            "total_minor",
            "currency",
            "placed_at",
            "external_received_at",
        )[:ORDERS]
    return asked


def _read_open(found: Found, shop: ShopFacts, other: PartyFacts | None) -> BesideOpen:
    return BesideOpen(
        customer=_read_customer(found, shop, other.id) if other else None,
        notes=tuple(_note(row) for row in found["notes"]),
        team=tuple((row["login"], row["name"] or _shown(row["login"])) for row in found["team"]),
        replies=tuple(ReplyFacts(**row) for row in found["replies"]),
        is_blocked=bool(found.get("block")),
    )


def _read_customer(found: Found, shop: ShopFacts, party_id: int) -> BesideCustomer:
    return BesideCustomer(
        phone=_read_phone(found),
        summary=read_summary(found["summary"], party_id, shop.currency),
        orders=tuple(_order(row) for row in found["orders"]),
    )


def _read_phone(found: Found) -> str:
    phone = found["phone"][0]["phone"]
    return shown_phone(phone) if phone else ""


def _shown(login: str) -> str:
    """Return a login as others may see it: of a number only the end."""
    return shown_phone(login) if login.startswith("+") else login


def _order(row: Mapping[str, Any]) -> OrderHead:
    received = row["external_received_at"]
    return OrderHead(
        public_id=row["public_id"],
        number=row["number"],
        state=OrderState(row["state"]),
        total=Money(row["total_minor"], row["currency"]),
        placed_at=datetime.fromisoformat(row["placed_at"]),
        external_received_at=datetime.fromisoformat(received) if received else None,
    )


def _note(row: Mapping[str, Any]) -> NoteFacts:
    made = datetime.fromisoformat(row["created_at"])
    return NoteFacts(row["public_id"], row["name"] or _shown(row["login"]), row["text"], made)
