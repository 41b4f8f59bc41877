"""One text to everybody who wants a shop's news.

A broadcast's recipients are written down when it begins, and each is reached in a transaction of
its own that posts the message and says so: a process that dies leaves some waiting, and the clock
goes on with them. Nobody is reached twice: the row says so, and the message carries a name made
of broadcast and customer.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from core import idempotency
from core.clock import business_now
from core.errors import NotFound, StateConflict, TrocoError
from core.ids import new_id
from core.transactions import owns, refuse_owner
from merchants.enums import BroadcastState, RecipientState
from merchants.models import Broadcast, NewsWish, Recipient, Shop
from merchants.services.news_caps import DAY, has_room_for_news
from merchants.services.texts import clean_text, refusal
from messaging.services.conversations import open_direct
from messaging.services.messages import Sender, Snapshot, post_snapshot
from people.queries import blocked_between
from people.services.audit import record

if TYPE_CHECKING:
    from people.models import Person

KIND: Final = "broadcast"
MAX_TEXT: Final = 1024
LONGEST_AHEAD: Final = timedelta(days=90)
# What a shop sends at most.
A_DAY: Final = 2
AT_ONCE: Final = 2000

_UNDER_WAY: Final = (BroadcastState.SCHEDULED, BroadcastState.SENDING)


class BroadcastLimitReached(TrocoError):
    """A shop sends so many broadcasts a day and no more."""

    code = "broadcast_limit_reached"
    http_status = 422
    words = _("A shop sends at most 2 broadcasts within 24 hours. Choose a later time.")


@owns
def plan_broadcast(
    *,
    shop_id: int,
    author: "Person",
    text: str,
    starts_at: datetime | None = None,
    client_id: str = "",
) -> Broadcast:
    """Plan a text to everybody who wants the shop's news when it begins.

    Changes: one ``Broadcast`` and a line of the audit trail.

    Args:
        shop_id: Primary key of the shop.
        author: Who of the team sends it.
        text: 1 to 1024 characters.
        starts_at: Up to 90 days ahead; None or the past: at once.
        client_id: The form's own id: the same one again is the same broadcast.

    Raises:
        NotFound: No such shop.
        InputInvalid, TextInvalid: The text or the time is not right.
        StateConflict: The shop has closed.
        BroadcastLimitReached: Two others lie within 24 hours of it.

    Transaction: owns.
    """
    clean = clean_text(text, "text", MAX_TEXT, 1)
    now = business_now()
    begins = max(starts_at or now, now)
    if begins > now + LONGEST_AHEAD:
        raise refusal("starts_at", _("A broadcast begins within 90 days."))
    shop = Shop.objects.select_for_update(no_key=True).filter(pk=shop_id).first()
    if shop is None:
        raise NotFound
    if shop.closed_at is not None:
        raise StateConflict(_("This shop has closed."))
    known = Broadcast.objects.filter(shop=shop, client_id=client_id) if client_id else None
    if known is not None and (planned := known.first()) is not None:
        return planned
    near = Broadcast.objects.filter(
        shop=shop, starts_at__gt=begins - DAY, starts_at__lt=begins + DAY
    ).exclude(state=BroadcastState.CANCELLED)
    if near.count() >= A_DAY:
        raise BroadcastLimitReached
    broadcast = Broadcast.objects.create(
        public_id=new_id("brd"),
        shop=shop,
        author=author,
        text=clean,
        client_id=client_id,
        state=BroadcastState.SCHEDULED,
        starts_at=begins,
        created_at=now,
    )
    _tell(broadcast, author, "broadcast.planned", {"text": clean, "starts_at": begins.isoformat()})
    idempotency.record(broadcast)
    return broadcast


@owns
def cancel_broadcast(
    *, shop_id: int, broadcast_id: str, actor: "Person | None" = None
) -> Broadcast:
    """Stop a broadcast: whoever was not reached is not; asked again it changes nothing.

    Changes: its state, those of its waiting recipients, and a line of the audit trail.

    Args:
        shop_id: Primary key of the shop.
        broadcast_id: Public id.
        actor: Who of the team stops it.

    Raises:
        NotFound: The shop has no such broadcast.
        StateConflict: It is done.

    Transaction: owns.
    """
    broadcast = (
        Broadcast.objects.select_for_update()
        .filter(shop_id=shop_id, public_id=broadcast_id)
        .first()
    )
    if broadcast is None:
        raise NotFound
    if broadcast.state == BroadcastState.DONE:
        raise StateConflict(_("This broadcast has reached everybody."))
    if broadcast.state != BroadcastState.CANCELLED:
        _end(broadcast, BroadcastState.CANCELLED)
        broadcast.recipients.filter(state=RecipientState.WAITING).update(
            state=RecipientState.CANCELLED
        )
        _tell(broadcast, actor, "broadcast.cancelled", {"text": broadcast.text})
    idempotency.record(broadcast)
    return broadcast


def send_due_broadcasts() -> int:
    """Reach those whose broadcast is due, a bounded number at once; return how many rows moved.

    Transaction: owns (one for each beginning and each recipient).
    """
    refuse_owner("merchants.services.broadcasts.send_due_broadcasts")
    due = Broadcast.objects.filter(state__in=_UNDER_WAY, starts_at__lte=business_now())
    moved = 0
    for key in list(due.order_by("starts_at", "id").values_list("pk", flat=True)):
        _begin(broadcast_key=key)
        while moved < AT_ONCE and _reach_next(broadcast_key=key):
            moved += 1
    return moved


@owns
def _begin(*, broadcast_key: int) -> None:
    """Write down who is to be reached, once.

    Transaction: owns.
    """
    broadcast = Broadcast.objects.select_for_update().get(pk=broadcast_key)
    if broadcast.state != BroadcastState.SCHEDULED:
        return
    wishes = NewsWish.objects.filter(shop_id=broadcast.shop_id, is_wanted=True).order_by("id")
    Recipient.objects.bulk_create(
        (
            Recipient(broadcast=broadcast, party_id=party_id, state=RecipientState.WAITING)
            for party_id in wishes.values_list("party_id", flat=True)
        ),
        batch_size=1000,
    )
    broadcast.state = BroadcastState.SENDING
    broadcast.save(update_fields=["state"])


@owns
def _reach_next(*, broadcast_key: int) -> bool:
    """Reach the next recipient, or find that there is none; tell whether there was one.

    Transaction: owns.
    """
    # Not the shop's row as well: whoever writes to the shop would wait for it with a conversation
    # that this waits for.
    rows = Broadcast.objects.select_for_update(of=("self",), no_key=True).select_related("shop")
    broadcast = rows.get(pk=broadcast_key)
    if broadcast.state != BroadcastState.SENDING:
        return False
    recipient = broadcast.recipients.filter(state=RecipientState.WAITING).order_by("id").first()
    if recipient is None:
        _end(broadcast, BroadcastState.DONE)
        return False
    recipient.state = _reach(broadcast, recipient.party_id)
    recipient.reached_at = business_now()
    recipient.save(update_fields=["state", "reached_at"])
    return True


def _reach(broadcast: Broadcast, party_id: int) -> RecipientState:
    """Post the message, unless the customer does not want it by now or has had enough."""
    shop = broadcast.shop
    wish = NewsWish.objects.filter(shop=shop, party_id=party_id, is_wanted=True)
    if not wish.exists():
        return RecipientState.OPTED_OUT
    if not has_room_for_news(shop_id=shop.pk, party_id=party_id):
        return RecipientState.HAD_ENOUGH
    if party_id == shop.party_id or blocked_between(shop.party_id, party_id):
        return RecipientState.UNREACHABLE
    content = {
        "broadcast": broadcast.public_id,
        "text": broadcast.text,
        "shop": shop.public_id,
        "stop": f"/v1/shops/{shop.public_id}/news",
    }
    post_snapshot(
        conversation=open_direct(party_id=shop.party_id, other_id=party_id),
        sender=Sender(shop.party_id, None),
        snapshot=Snapshot(KIND, content, broadcast.public_id),
        client_id=f"{broadcast.public_id}.{party_id}",
    )
    return RecipientState.SENT


def _tell(broadcast: Broadcast, actor: "Person | None", action: str, facts: dict[str, str]) -> None:
    """Write it into the shop's trail."""
    record(
        actor=actor,
        action=action,
        object_ref=broadcast.shop.public_id,
        before={},
        after=facts,
        reason="",
    )


def _end(broadcast: Broadcast, state: BroadcastState) -> None:
    broadcast.state, broadcast.ended_at = state, business_now()
    broadcast.save(update_fields=["state", "ended_at"])
