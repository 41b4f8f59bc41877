"""The bubble of a request for money: posted with it in one commit, refreshed to its end."""

from typing import Any

from core.api import moment_out, money_out
from core.errors import NotFound
from core.transactions import joins
from messaging.enums import FeedKind, MessageKind
from messaging.models import Conversation, Member, Message
from messaging.services.conversations import open_direct
from messaging.services.feed import append_for_party
from messaging.services.messages import Sender, Snapshot, post_snapshot, refresh_content
from messaging.services.positions import take_position
from payments.queries import RequestSnapshot, request_snapshot
from people.queries import PartyFacts

KIND = MessageKind.REQUEST.value


@joins
def show_request(*, request_id: str) -> None:
    """Show a new request in the talk of the two, under the name of whoever asks.

    Changes: posts one message of kind ``request``; one ``FeedRow`` ``request`` for each side. It
    stands in the conversation that the requester named, else in their direct one, which is
    opened if need be.

    Args:
        request_id: ``req_…``.

    Raises:
        NotFound: The conversation that was named does not exist, or one of the two is no member
            of it: the request is refused as a whole.

    Transaction: joins.
    """
    request = request_snapshot(request_id)
    post_snapshot(
        conversation=_place(request),
        sender=Sender(request.payee.id, request.payee.person_id),
        snapshot=Snapshot(KIND, _content(request), request.id),
    )
    _tell_both(request)


@joins
def refresh_request(*, request_id: str) -> None:
    """Bring the bubble of a request up to date and tell both sides. It refuses nothing.

    Changes: the message, and one ``FeedRow`` ``request`` for each side.

    Args:
        request_id: ``req_…``.

    Transaction: joins.
    """
    request = request_snapshot(request_id)
    refresh_content(kind=KIND, content_ref=request.id, content=_content(request))
    _tell_both(request)


def _place(request: RequestSnapshot) -> Conversation:
    sides = {request.payer.id, request.payee.id}
    if request.conversation_ref is None:
        return open_direct(party_id=request.payee.id, other_id=request.payer.id)
    found = Conversation.objects.filter(public_id=request.conversation_ref).first()
    if found is None or not sides <= _member_ids(found):
        raise NotFound
    return found


def _member_ids(conversation: Conversation) -> set[int]:
    rows = Member.objects.filter(conversation=conversation, left_seq__isnull=True).order_by("id")
    return set(rows.values_list("party_id", flat=True))


def _tell_both(request: RequestSnapshot) -> None:
    """Tell both sides, at the place of the bubble, so one request's news keeps its order."""
    bubble = Message.objects.filter(kind=KIND, content_ref=request.id).earliest("id")
    at_least = take_position(conversation_id=bubble.conversation_id)
    for party_id in sorted({request.payer.id, request.payee.id}):
        append_for_party(
            party_id=party_id,
            kind=FeedKind.REQUEST.value,
            payload=_content(request),
            at_least=at_least,
        )


def _content(request: RequestSnapshot) -> dict[str, Any]:
    return {
        "request": request.id,
        "state": request.state,
        "amount": money_out(request.amount),
        "payee": _side(request.payee),
        "payer": _side(request.payer),
        "note": request.note,
        "split": request.split,
        "returns": request.returns,
        "means": request.means,
        "payment": request.payment,
        "reason": request.reason,
        "reminders": request.reminders,
        "expires_at": moment_out(request.expires_at),
    }


def _side(party: PartyFacts) -> dict[str, str]:
    return {"party": party.public_id, "name": party.display_name}
