"""Telling the operator about a message or a conversation, and what staff make of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext_lazy as _

from core.api import moment_out
from core.clock import business_now
from core.errors import NotFound, StateConflict, TooManyRequests
from core.ids import new_id
from core.transactions import owns
from messaging.models import Message, Report
from messaging.queries.seen import place_for, seen_messages
from messaging.services.writing import Sender, other_side
from people.services import audit

if TYPE_CHECKING:
    from people.models import Person

SHOWN_BEFORE: Final = 10
MOST_A_DAY: Final = 50


@dataclass(frozen=True)
class Complaint:
    """What somebody tells: why, and in their own words."""

    reason: str
    words: str = ""


@dataclass(frozen=True)
class _Told:
    """Who tells, of which conversation, about whom."""

    actor: Sender
    conversation_id: int
    about_id: int | None


@owns
def report_message(*, actor: Sender, message_id: str, complaint: Complaint) -> Report:
    """Tell the operator of a message; telling it again returns the first report.

    Changes: one ``Report`` with the message and up to ten before it, as the actor sees them,
    earlier words included. Nobody in the conversation hears of it.

    Raises:
        NotFound: No such message for this party, or it is the actor's own.
        TooManyRequests: The party has told of fifty things within a day.

    Transaction: owns.
    """
    message = (
        seen_messages(actor.party_id)
        .filter(public_id=message_id)
        .exclude(sender_id=actor.party_id)
        .select_related("conversation")
        .first()
    )
    if message is None:
        raise NotFound
    earlier = Report.objects.filter(reporter_id=actor.party_id, message=message).first()
    if earlier is not None:
        return earlier
    _demand_turn(actor)
    shown = _last(actor, message.conversation_id, up_to=message.seq)
    told = _Told(actor, message.conversation_id, message.sender_id)
    return _keep(told, complaint, shown, message)


@owns
def report_conversation(*, actor: Sender, conversation_id: str, complaint: Complaint) -> Report:
    """Tell the operator of a conversation as a whole, with its latest messages.

    Changes: one ``Report``. Nobody in the conversation hears of it.

    Raises:
        NotFound: No such conversation for this party.
        TooManyRequests: The party has told of fifty things within a day.

    Transaction: owns.
    """
    place = place_for(actor.party_id, conversation_id)
    _demand_turn(actor)
    shown = _last(actor, place.conversation_id, up_to=place.conversation.last_seq)
    about = other_side(place.conversation, actor.party_id)
    return _keep(_Told(actor, place.conversation_id, about), complaint, shown)


@owns
def close_report(*, staff: "Person", report_id: str, outcome: str) -> None:
    """Note what staff made of a report.

    Changes: the ``Report``, an audit entry.

    Args:
        staff: Who decided.
        report_id: ``rpt_…``.
        outcome: What was found and done; nobody outside sees it.

    Raises:
        NotFound: There is no such report.
        StateConflict: A colleague has closed it.

    Transaction: owns.
    """
    report = Report.objects.select_for_update().filter(public_id=report_id).first()
    if report is None:
        raise NotFound
    if report.closed_at is not None:
        raise StateConflict(_("A colleague has closed this report."))
    report.closed_at, report.closed_by, report.outcome = business_now(), staff, outcome
    report.save(update_fields=["closed_at", "closed_by", "outcome"])
    audit.record(
        actor=staff,
        action="report.closed",
        object_ref=report.public_id,
        before={"closed": False},
        after={"closed": True},
        reason=outcome,
    )


def _demand_turn(actor: Sender) -> None:
    since = business_now() - timedelta(days=1)
    told = Report.objects.filter(reporter_id=actor.party_id, created_at__gt=since).count()
    if told >= MOST_A_DAY:
        raise TooManyRequests


def _last(actor: Sender, conversation_id: int, *, up_to: int) -> list[Message]:
    """Return a message and what was said shortly before it, the oldest first."""
    rows = (
        seen_messages(actor.party_id)
        .filter(conversation_id=conversation_id, seq__lte=up_to)
        .select_related("sender")
        .prefetch_related("versions")
        .order_by("-seq")[: SHOWN_BEFORE + 1]
    )
    return list(rows)[::-1]


def _shown(row: Message) -> dict[str, Any]:
    """Return a message as evidence, with everything it ever said."""
    return {
        "message": row.public_id,
        "seq": row.seq,
        "sender": row.sender.public_id,
        "name": row.sender.display_name,
        "type": row.kind,
        "content": row.content,
        "created_at": moment_out(row.created_at),
        "earlier": [
            {"act": each.act, "content": each.content, "at": moment_out(each.at)}
            for each in row.versions.all()
        ],
    }


def _keep(
    told: _Told, complaint: Complaint, shown: Sequence[Message], message: Message | None = None
) -> Report:
    facts = {
        "public_id": new_id("rpt"),
        "about_id": told.about_id,
        "conversation_id": told.conversation_id,
        "reason": complaint.reason,
        "words": complaint.words,
        "evidence": [_shown(row) for row in shown],
        "created_at": business_now(),
    }
    reporter_id = told.actor.party_id
    if message is None:
        return Report.objects.create(reporter_id=reporter_id, message=None, **facts)
    # Told twice at once, as by two taps: whoever comes second finds the first one's.
    report, _made = Report.objects.get_or_create(
        reporter_id=reporter_id, message=message, defaults=facts
    )
    return report
