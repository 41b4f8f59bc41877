"""Shapes of the payments part of the API: what may come in, and how answers look."""

from dataclasses import asdict
from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from core.api import MoneyIn, MoneyOut, StrictSerializer, WordsIn, moment_out, money_out
from core.money import Money
from payments.api.serializers_limits import LimitOut, limit_out
from payments.enums import DemandKind, PaymentKind, PaymentState
from payments.queries import (
    LineFacts,
    PaymentDetail,
    PaymentSnapshot,
    StepFacts,
)
from payments.queries.receipts import receipt_link
from payments.queries.refunds import RefundFacts
from payments.queries.waiting import Waiting
from payments.services.quotes import Offer, Target
from people.api.proofs import ProofOfferOut
from people.api.serializers import ProofIn
from people.keys import encode_base64url
from people.phones import parse_phone
from people.queries import PartyFacts

LONGEST_ID = 40
LONGEST_NOTE = 140


class TargetIn(StrictSerializer):
    """Whom or what to pay: exactly one of these."""

    party = serializers.CharField(max_length=LONGEST_ID, required=False)
    phone = serializers.CharField(max_length=LONGEST_ID, required=False)
    order = serializers.CharField(max_length=LONGEST_ID, required=False)
    request = serializers.CharField(max_length=LONGEST_ID, required=False)
    link = serializers.CharField(max_length=LONGEST_ID, required=False)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add the field whose name is a word of Python's."""
        back = serializers.CharField(
            max_length=LONGEST_ID,
            required=False,
            help_text="A payment that I received and give back along its own trace.",
        )
        return {**super().get_fields(), "return": back}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for exactly one."""
        if len(attrs) != 1:
            raise serializers.ValidationError(_("Name exactly one payee or thing to pay."))
        return attrs


class QuoteIn(StrictSerializer):
    """What a person would like to pay."""

    to = TargetIn()
    amount = MoneyIn(required=False)
    funding_source = serializers.CharField(max_length=LONGEST_ID, required=False)
    note = WordsIn(max_length=LONGEST_NOTE, required=False, allow_blank=True)


class PaymentIn(StrictSerializer):
    """A payment of a quote, with the person's proof."""

    quote = serializers.CharField(max_length=LONGEST_ID)
    proof = ProofIn()


class PaymentQueryIn(StrictSerializer):
    """What a list of payments is narrowed to."""

    cursor = serializers.CharField(max_length=400, required=False)
    limit = serializers.IntegerField(min_value=1, max_value=100, default=20)
    state = serializers.ChoiceField(choices=[each.value for each in PaymentState], required=False)
    kind = serializers.ChoiceField(choices=[each.value for each in PaymentKind], required=False)
    direction = serializers.ChoiceField(choices=["sent", "received"], required=False)


class WarningOut(serializers.Serializer[Any]):
    """Something to look at before paying; it refuses nothing."""

    code = serializers.CharField()
    detail = serializers.CharField()


class PayeeOut(serializers.Serializer[Any]):
    """Who would be paid, under the name that the bank knows."""

    party = serializers.CharField()
    kind = serializers.CharField()
    display_name = serializers.CharField()
    legal_name = serializers.CharField(allow_null=True, help_text="A person's surnames are masked.")
    verified = serializers.BooleanField()
    enrolled = serializers.BooleanField(
        help_text="False: the money waits until they have signed up, or goes back."
    )
    warnings = WarningOut(many=True)


class RefusalOut(serializers.Serializer[Any]):
    """Why a payment would be refused now."""

    code = serializers.CharField()
    detail = serializers.CharField()


class QuoteOut(serializers.Serializer[Any]):
    """What a payment would be; ``digest`` is what PIN and device sign."""

    id = serializers.CharField()
    digest = serializers.CharField()
    signed_text = serializers.CharField()
    purpose = serializers.CharField()
    payee = PayeeOut()
    amount = MoneyOut()
    fee = MoneyOut(help_text="Taken from what the payee gets.")
    total = MoneyOut(help_text="What leaves the payer.")
    funding_source = serializers.CharField(allow_null=True)
    arrives_by = serializers.CharField(allow_null=True)
    limits = LimitOut(many=True)
    refusal = RefusalOut(allow_null=True)
    expires_at = serializers.CharField()
    proof = ProofOfferOut()


class SideOut(serializers.Serializer[Any]):
    """One of the two parties of a payment."""

    party = serializers.CharField()
    name = serializers.CharField()


class ReceiptLinkOut(serializers.Serializer[Any]):
    """Where the receipt of a completed payment is, for anybody who has the code."""

    code = serializers.CharField()
    url = serializers.CharField()


class PaymentOut(serializers.Serializer[Any]):
    """A payment."""

    id = serializers.CharField()
    kind = serializers.CharField()
    state = serializers.CharField()
    direction = serializers.CharField()
    payer = SideOut()
    payee = SideOut()
    amount = MoneyOut()
    fee = MoneyOut()
    refunded = MoneyOut(help_text="What went back to the payer.")
    order = serializers.CharField(allow_null=True)
    request = serializers.CharField(allow_null=True)
    link = serializers.CharField(allow_null=True)
    returns = serializers.CharField(
        allow_null=True, help_text="The payment that this one gives back."
    )
    conversation = serializers.CharField(allow_null=True)
    note = serializers.CharField()
    failure_code = serializers.CharField(allow_null=True)
    receipt = ReceiptLinkOut(allow_null=True)
    created_at = serializers.CharField()
    completed_at = serializers.CharField(allow_null=True)
    claim_until = serializers.CharField(
        allow_null=True, help_text="Until when a payee who has to sign up first can claim it."
    )


class MoveOut(serializers.Serializer[Any]):
    """One line of a payment's timeline."""

    state = serializers.CharField()
    at = serializers.CharField()


class LineOut(serializers.Serializer[Any]):
    """One line of the books; accounts are named by their kind."""

    id = serializers.UUIDField()
    journal = serializers.UUIDField()
    kind = serializers.CharField()
    debit = serializers.CharField()
    credit = serializers.CharField()
    amount = MoneyOut()
    at = serializers.CharField()


class StepOut(serializers.Serializer[Any]):
    """One movement at a bank; the other party's bank stays private."""

    kind = serializers.CharField()
    state = serializers.CharField()
    bank = serializers.CharField(allow_null=True)
    bank_reference = serializers.CharField(allow_null=True)
    asked_at = serializers.CharField(allow_null=True)
    answered_at = serializers.CharField(allow_null=True)


class RefundOut(serializers.Serializer[Any]):
    """A part of a payment that goes back to its payer."""

    id = serializers.CharField()
    state = serializers.CharField()
    amount = MoneyOut()
    reason = serializers.CharField()
    note = serializers.CharField()
    created_at = serializers.CharField()
    closed_at = serializers.CharField(allow_null=True)


class HeldUpOut(serializers.Serializer[Any]):
    """Why a payment waits that is under way, in words."""

    code = serializers.CharField()
    detail = serializers.CharField()
    can_cancel = serializers.BooleanField()


class PaymentDetailOut(PaymentOut):
    """A payment with its timeline, its lines in the books and its banks' answers."""

    arrives_by = serializers.CharField(allow_null=True)
    waiting = HeldUpOut(allow_null=True, help_text="What keeps it from moving on.")
    timeline = MoveOut(many=True)
    journal = LineOut(many=True)
    steps = StepOut(many=True)
    refunds = RefundOut(many=True)
    dispute = serializers.CharField(allow_null=True, help_text="The newest dispute of it.")


class PaymentsOut(serializers.Serializer[Any]):
    """A page of payments, newest first."""

    data = PaymentOut(many=True)  # type: ignore[assignment]  # A field of that name.
    next = serializers.CharField(allow_null=True)


def read_target(to: dict[str, Any]) -> Target:
    """Return a checked ``TargetIn`` as the service takes it."""
    name, value = next(iter(to.items()))
    if name in {kind.value for kind in DemandKind}:
        return Target(demand=(name, value))
    return Target(phone=parse_phone(value)) if name == "phone" else Target(party=value)


def offer_out(offer: Offer, proof: dict[str, Any]) -> dict[str, Any]:
    """Return a quote as JSON; ``proof`` says by what it can be approved."""
    quote = offer.quote
    amount = Money(quote.amount_minor, quote.currency)
    refusal = offer.refusal
    return {
        "id": quote.public_id,
        "digest": encode_base64url(bytes(quote.digest)),
        "signed_text": quote.signed_text,
        "purpose": quote.kind,
        "payee": payee_out(offer),
        "amount": money_out(amount),
        "fee": money_out(Money(quote.fee_minor, quote.currency)),
        "total": money_out(amount),
        "funding_source": quote.source.public_id if quote.source else None,
        "arrives_by": moment_out(quote.arrives_by),
        "limits": [limit_out(limit) for limit in offer.limits],
        "refusal": {"code": refusal.code, "detail": str(refusal.detail)} if refusal else None,
        "expires_at": moment_out(quote.expires_at),
        "proof": proof,
    }


def payee_out(offer: Offer) -> dict[str, Any]:
    """Return who would be paid as JSON."""
    payee = offer.payee
    return {
        "party": payee.public_id,
        "kind": payee.kind,
        "display_name": payee.display_name,
        "legal_name": payee.masked_legal_name,
        "verified": payee.verified,
        "enrolled": not offer.quote.is_claim,
        "warnings": [{"code": each.code, "detail": str(each.words)} for each in offer.warnings],
    }


def payment_out(payment: PaymentSnapshot, party_id: int) -> dict[str, Any]:
    """Return a payment as JSON, as seen by one of its parties."""
    asked = {kind.value: None for kind in DemandKind} | {
        payment.demand_kind or "": payment.demand_reference
    }
    return {
        "id": payment.id,
        "kind": payment.kind,
        "state": payment.state,
        "direction": "sent" if payment.payer.id == party_id else "received",
        "payer": _side_out(payment.payer),
        "payee": _side_out(payment.payee),
        "amount": money_out(payment.amount),
        "fee": money_out(payment.fee),
        "refunded": money_out(payment.refunded),
        "order": asked["order"],
        "request": asked["request"],
        "link": asked["link"],
        "returns": asked["return"],
        "conversation": payment.conversation_ref,
        "note": payment.note,
        "failure_code": payment.failure_code,
        "receipt": receipt_link(payment.receipt_code),
        "created_at": moment_out(payment.created_at),
        "completed_at": moment_out(payment.completed_at),
        "claim_until": moment_out(payment.claim_until),
    }


def payment_detail_out(
    detail: PaymentDetail, party_id: int, waiting: Waiting | None
) -> dict[str, Any]:
    """Return a payment with its timeline, lines and steps as JSON.

    When it arrives is not promised while something keeps it waiting.
    """
    return payment_out(detail.payment, party_id) | {
        "arrives_by": None if waiting else moment_out(detail.arrives_by),
        "waiting": asdict(waiting) if waiting else None,
        "timeline": [{"state": move.to_state, "at": moment_out(move.at)} for move in detail.moves],
        "journal": [_line_out(line) for line in detail.lines],
        "steps": [_step_out(step) for step in detail.steps],
        "refunds": [_refund_out(refund) for refund in detail.refunds],
        "dispute": detail.dispute_id,
    }


def _refund_out(refund: RefundFacts) -> dict[str, Any]:
    return {
        "id": refund.id,
        "state": refund.state,
        "amount": money_out(refund.amount),
        "reason": refund.reason,
        "note": refund.note,
        "created_at": moment_out(refund.created_at),
        "closed_at": moment_out(refund.closed_at),
    }


def _side_out(party: PartyFacts) -> dict[str, str]:
    return {"party": party.public_id, "name": party.display_name}


def _line_out(line: LineFacts) -> dict[str, Any]:
    return {
        "id": str(line.id),
        "journal": str(line.journal),
        "kind": line.kind,
        "debit": line.debit,
        "credit": line.credit,
        "amount": money_out(line.amount),
        "at": moment_out(line.at),
    }


def _step_out(step: StepFacts) -> dict[str, Any]:
    return {
        "kind": step.kind,
        "state": step.state,
        "bank": step.bank or None,
        "bank_reference": step.bank_reference or None,
        "asked_at": moment_out(step.asked_at),
        "answered_at": moment_out(step.answered_at),
    }
