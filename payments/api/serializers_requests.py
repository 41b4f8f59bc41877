"""Shapes of requests for money: what may come in, and how answers look."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from core.api import MoneyIn, MoneyOut, StrictSerializer, WordsIn, moment_out, money_out
from payments.api.serializers import LONGEST_ID, LONGEST_NOTE, MoveOut, SideOut
from payments.enums import RequestState, SplitMode
from payments.queries import RequestDetail, RequestSnapshot, SplitFacts
from payments.services.requests import MOST_DEBTORS, Debtor, Wish
from payments.services.splitting import LARGEST_SHARE, Division
from people.phones import parse_phone
from people.queries import PartyFacts


class DebtorIn(StrictSerializer):
    """Who is asked: exactly one of these."""

    party = serializers.CharField(max_length=LONGEST_ID, required=False)
    phone = serializers.CharField(max_length=LONGEST_ID, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for exactly one."""
        if len(attrs) != 1:
            raise serializers.ValidationError(_("Name exactly one person."))
        return attrs


class DivisionIn(StrictSerializer):
    """How a bill is divided among those in ``from``, in their order."""

    mode = serializers.ChoiceField(choices=[mode.value for mode in SplitMode])
    amounts = serializers.ListField(
        child=MoneyIn(),
        required=False,
        max_length=MOST_DEBTORS,
        help_text="For amounts: each one's part; they add up to the amount.",
    )
    shares = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST_SHARE),
        required=False,
        max_length=MOST_DEBTORS,
        help_text="For shares: each one's weight; percents add up to 100.",
    )
    own = serializers.IntegerField(
        min_value=0,
        max_value=LARGEST_SHARE,
        default=0,
        help_text="What the requester bears: 0 or 1 for equal, a weight for shares.",
    )


class RequestsIn(StrictSerializer):
    """A request for money from one person, or a bill divided among many."""

    amount = MoneyIn()
    note = WordsIn(max_length=LONGEST_NOTE, required=False, allow_blank=True)
    expires_at = serializers.DateTimeField(required=False)
    split = DivisionIn(required=False)
    conversation = serializers.CharField(max_length=64, required=False)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add the field whose name is a word of Python's."""
        debtors = serializers.ListField(child=DebtorIn(), min_length=1, max_length=MOST_DEBTORS)
        return {"from": debtors, **super().get_fields()}


class RequestQueryIn(StrictSerializer):
    """What a list of requests is narrowed to."""

    cursor = serializers.CharField(max_length=400, required=False)
    limit = serializers.IntegerField(min_value=1, max_value=100, default=20)
    direction = serializers.ChoiceField(
        choices=["sent", "received"], required=False, help_text="Made by me, or asked of me."
    )
    state = serializers.ChoiceField(choices=[each.value for each in RequestState], required=False)


class DeclineIn(StrictSerializer):
    """Why not; words to the requester."""

    reason = WordsIn(max_length=LONGEST_NOTE, required=False, allow_blank=True)


class RequestOut(serializers.Serializer[Any]):
    """A request for money; ``payee`` asks and ``payer`` was asked."""

    id = serializers.CharField()
    state = serializers.CharField()
    direction = serializers.CharField()
    payee = SideOut()
    payer = SideOut()
    amount = MoneyOut()
    note = serializers.CharField()
    conversation = serializers.CharField(allow_null=True)
    split = serializers.CharField(allow_null=True)
    returns = serializers.CharField(
        allow_null=True, help_text="The payment that is asked back, if it was sent by mistake."
    )
    means = serializers.CharField(allow_null=True, help_text="troco or otherwise, once paid.")
    payment = serializers.CharField(allow_null=True)
    reason = serializers.CharField(allow_null=True)
    reminders = serializers.IntegerField()
    reminded_at = serializers.CharField(allow_null=True)
    created_at = serializers.CharField()
    expires_at = serializers.CharField()
    closed_at = serializers.CharField(allow_null=True)


class SplitOut(serializers.Serializer[Any]):
    """A divided bill; only its requester sees the requests."""

    id = serializers.CharField()
    mode = serializers.CharField()
    total = MoneyOut()
    own = MoneyOut(help_text="What the requester bears.")
    paid = MoneyOut()
    count = serializers.IntegerField()
    paid_count = serializers.IntegerField()
    requests = RequestOut(many=True)


class RequestDetailOut(RequestOut):
    """A request with its timeline and the bill it is a part of."""

    timeline = MoveOut(many=True)
    bill = SplitOut(allow_null=True)


class RequestsMadeOut(serializers.Serializer[Any]):
    """What was created, in the order of ``from``."""

    data = RequestOut(many=True)  # type: ignore[assignment]  # A field of that name.
    split = serializers.CharField(allow_null=True)


class RequestsOut(serializers.Serializer[Any]):
    """A page of requests, newest first."""

    data = RequestOut(many=True)  # type: ignore[assignment]  # A field of that name.
    next = serializers.CharField(allow_null=True)


def read_debtors(rows: list[dict[str, Any]]) -> list[Debtor]:
    """Return checked ``DebtorIn`` as the service takes them."""
    return [
        Debtor(phone=parse_phone(row["phone"])) if "phone" in row else Debtor(party=row["party"])
        for row in rows
    ]


def read_wish(asked: dict[str, Any]) -> Wish:
    """Return what a checked ``RequestsIn`` asks for."""
    return Wish(
        amount=asked["amount"],
        note=asked.get("note", ""),
        expires_at=asked.get("expires_at"),
        conversation=asked.get("conversation"),
    )


def read_division(split: dict[str, Any] | None) -> Division | None:
    """Return a checked ``DivisionIn`` as the service takes it."""
    if split is None:
        return None
    return Division(
        mode=SplitMode(split["mode"]),
        amounts=split.get("amounts", ()),
        shares=split.get("shares", ()),
        own=split["own"],
    )


def request_out(request: RequestSnapshot, party_id: int) -> dict[str, Any]:
    """Return a request as JSON, as seen by one of its sides."""
    return {
        "id": request.id,
        "state": request.state,
        "direction": "sent" if request.payee.id == party_id else "received",
        "payee": _side_out(request.payee),
        "payer": _side_out(request.payer),
        "amount": money_out(request.amount),
        "note": request.note,
        "conversation": request.conversation_ref,
        "split": request.split,
        "returns": request.returns,
        "means": request.means,
        "payment": request.payment,
        "reason": request.reason,
        "reminders": request.reminders,
        "reminded_at": moment_out(request.reminded_at),
        "created_at": moment_out(request.created_at),
        "expires_at": moment_out(request.expires_at),
        "closed_at": moment_out(request.closed_at),
    }


def request_detail_out(detail: RequestDetail, party_id: int) -> dict[str, Any]:
    """Return a request with its timeline and its bill as JSON."""
    return request_out(detail.request, party_id) | {
        "timeline": [{"state": move.to_state, "at": moment_out(move.at)} for move in detail.moves],
        "bill": _split_out(detail.split, party_id) if detail.split else None,
    }


def _split_out(split: SplitFacts, party_id: int) -> dict[str, Any]:
    return {
        "id": split.id,
        "mode": split.mode,
        "total": money_out(split.total),
        "own": money_out(split.own),
        "paid": money_out(split.paid),
        "count": split.count,
        "paid_count": split.paid_count,
        "requests": [request_out(each, party_id) for each in split.requests],
    }


def _side_out(party: PartyFacts) -> dict[str, str]:
    return {"party": party.public_id, "name": party.display_name}
