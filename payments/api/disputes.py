"""Disputes: opening one, following it, taking it back."""

from http import HTTPStatus
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import (
    KEY,
    ApiView,
    MoneyOut,
    StrictSerializer,
    WordsIn,
    keyed_post,
    moment_out,
    money_out,
    page_out,
)
from core.errors import NotFound
from payments.enums import CLAIMED_KINDS, DisputeReason
from payments.models import Dispute
from payments.queries.disputes import DisputeDetail, DisputeFacts, dispute_detail, list_disputes
from payments.services.disputes import (
    LONGEST_EVIDENCE,
    LONGEST_TEXT,
    MOST_EVIDENCE,
    Claim,
    open_dispute,
    withdraw_dispute,
)
from people.api.callers import person_of
from people.models import Person


class DisputeIn(StrictSerializer):
    """What is wrong with a payment."""

    kind = serializers.ChoiceField(choices=[each.value for each in CLAIMED_KINDS])
    reason = serializers.ChoiceField(
        choices=[each.value for each in DisputeReason if each != DisputeReason.OTHER]
    )
    text = WordsIn(max_length=LONGEST_TEXT)
    evidence = serializers.ListField(
        child=WordsIn(max_length=LONGEST_EVIDENCE),
        max_length=MOST_EVIDENCE,
        required=False,
        help_text="References in words; files cannot be sent yet.",
    )


class DisputeQueryIn(StrictSerializer):
    """Which page of the list."""

    cursor = serializers.CharField(max_length=400, required=False)
    limit = serializers.IntegerField(min_value=1, max_value=100, default=20)


class DisputeMoveOut(serializers.Serializer[Any]):
    """One line of a dispute's timeline."""

    state = serializers.CharField()
    at = serializers.CharField()


class DisputeOut(serializers.Serializer[Any]):
    """A dispute; ``held`` is what is held of the payee's money now."""

    id = serializers.CharField()
    payment = serializers.CharField()
    state = serializers.CharField(help_text="won and lost are seen from the one who was paid.")
    kind = serializers.CharField()
    reason = serializers.CharField()
    text = serializers.CharField()
    evidence = serializers.ListField(child=serializers.CharField())
    amount = MoneyOut()
    held = MoneyOut()
    created_at = serializers.CharField()
    answer_by = serializers.CharField(allow_null=True)
    decide_by = serializers.CharField(allow_null=True)
    block_until = serializers.CharField(allow_null=True)
    return_by = serializers.CharField(allow_null=True)
    closed_at = serializers.CharField(allow_null=True)
    decision = serializers.CharField(allow_null=True, help_text="Why it was decided so.")


class DisputeDetailOut(DisputeOut):
    """A dispute with the payee's submitted answer and its timeline."""

    answer = serializers.CharField(allow_null=True)
    answer_evidence = serializers.ListField(child=serializers.CharField())
    timeline = DisputeMoveOut(many=True)


class DisputesOut(serializers.Serializer[Any]):
    """A page of disputes, newest first."""

    data = DisputeOut(many=True)  # type: ignore[assignment]  # A field of that name.
    next = serializers.CharField(allow_null=True)


class OpenDisputeView(ApiView):
    """Disputing a payment."""

    @extend_schema(
        operation_id="open_dispute",
        parameters=[KEY],
        request=DisputeIn,
        responses={201: DisputeDetailOut},
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Say what is wrong with a payment that the caller made; the payee's money is held."""
        asked = self.read(request, DisputeIn)
        person = person_of(request)
        claim = Claim(asked["kind"], asked["reason"], asked["text"], asked.get("evidence", []))

        def run() -> Dispute:
            return open_dispute(person=person, payment_id=public_id, claim=claim)

        return keyed_post(request, run, _shown(person, HTTPStatus.CREATED))


class DisputesView(ApiView):
    """The caller's disputes."""

    @extend_schema(
        operation_id="list_disputes", parameters=[DisputeQueryIn], responses={200: DisputesOut}
    )
    def get(self, request: Request) -> Response:
        """List the disputes that the caller opened, newest first."""
        asked = self.read_query(request, DisputeQueryIn)
        found, following = list_disputes(
            _party_id(person_of(request)), asked.get("cursor"), asked["limit"]
        )
        return Response(page_out([dispute_out(each) for each in found], following))


class DisputeView(ApiView):
    """One dispute."""

    @extend_schema(operation_id="read_dispute", responses={200: DisputeDetailOut})
    def get(self, request: Request, public_id: str) -> Response:
        """Show a dispute to its payer or payee."""
        detail = dispute_detail(_party_id(person_of(request)), public_id)
        if detail is None:
            raise NotFound
        return Response(dispute_detail_out(detail))


class WithdrawDisputeView(ApiView):
    """Taking a dispute back."""

    @extend_schema(
        operation_id="withdraw_dispute",
        parameters=[KEY],
        request=None,
        responses={200: DisputeDetailOut},
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Take a dispute back; the payee has the money again."""
        person = person_of(request)

        def run() -> Dispute:
            return withdraw_dispute(person=person, dispute_id=public_id)

        return keyed_post(request, run, _shown(person, HTTPStatus.OK))


def dispute_out(dispute: DisputeFacts) -> dict[str, Any]:
    """Return a dispute as JSON."""
    return {
        "id": dispute.id,
        "payment": dispute.payment.id,
        "state": dispute.state,
        "kind": dispute.kind,
        "reason": dispute.reason,
        "text": dispute.text,
        "evidence": list(dispute.evidence),
        "amount": money_out(dispute.amount),
        "held": money_out(dispute.held),
        "created_at": moment_out(dispute.created_at),
        "answer_by": moment_out(dispute.answer_by),
        "decide_by": moment_out(dispute.decide_by),
        "block_until": moment_out(dispute.block_until),
        "return_by": moment_out(dispute.return_by),
        "closed_at": moment_out(dispute.closed_at),
        "decision": dispute.decision_reason or None,
    }


def dispute_detail_out(detail: DisputeDetail) -> dict[str, Any]:
    """Return a dispute with its answer and timeline as JSON."""
    answer = detail.answer if detail.answer and detail.answer.submitted_at else None
    return dispute_out(detail.dispute) | {
        "answer": answer.text if answer else None,
        "answer_evidence": list(answer.evidence) if answer else [],
        "timeline": [{"state": state, "at": moment_out(at)} for state, at in detail.moves],
    }


def _shown(person: Person, http_status: int) -> Any:
    def render(dispute: Dispute) -> tuple[int, Any]:
        detail = dispute_detail(_party_id(person), dispute.public_id)
        if detail is None:
            raise NotFound
        return http_status, dispute_detail_out(detail)

    return render


def _party_id(person: Person) -> int:
    if person.party_id is None:
        raise NotFound
    return person.party_id
