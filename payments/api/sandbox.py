"""The sandbox's doors of payments: accounts with money, time, faults, a cutoff now.

They answer only in a sandbox and, unless a setting opens them, only on this machine.
"""

from typing import Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import ApiView, MoneyOut, StrictSerializer, moment_out, money_out
from core.errors import AmountInvalid
from core.money import MAX_MINOR
from payments.queries.settlement import BatchSnapshot
from payments.services import sandbox
from people.api.callers import person_of
from people.api.sandbox import InSandboxHere


@extend_schema_field({"type": "integer", "format": "int64", "minimum": 0})
class WholeField(serializers.Field[int, Any, int, Any]):
    """A whole number as JSON writes one; never rounded, never read from text."""

    def to_internal_value(self, data: Any) -> int:
        """Return the number.

        Raises:
            AmountInvalid: It is none, negative, or does not fit a bigint.
        """
        if isinstance(data, bool) or not isinstance(data, int) or not 0 <= data <= MAX_MINOR:
            raise AmountInvalid
        return data

    def to_representation(self, value: int) -> int:
        """Return the number as it is."""
        return value


class FundingTokenIn(StrictSerializer):
    """The account to open."""

    bank = serializers.SlugField(max_length=32)
    kind = serializers.CharField(max_length=16)
    balance_minor = WholeField()


class FundingTokenOut(serializers.Serializer[Any]):
    """What the bank's own page would hand over."""

    token = serializers.CharField()
    verification_code = serializers.CharField()


class FundingCodeIn(StrictSerializer):
    """A linked account of the caller."""

    funding_source = serializers.CharField(max_length=40)


class FundingCodeOut(serializers.Serializer[Any]):
    """What the bank's own app would show now."""

    verification_code = serializers.CharField()


class ClockIn(StrictSerializer):
    """How far to move."""

    advance_seconds = WholeField()


class ClockOut(serializers.Serializer[Any]):
    """The business time now."""

    now = serializers.DateTimeField()


FAULT_DIRECTIONS = (
    "debit",
    "credit",
    "authorisation",
    "capture",
    "void",
    "refund",
    "return",
    "batch",
    "look_up",
    "statement",
)


class FaultIn(StrictSerializer):
    """How a bank shall misbehave; see the page on the bank simulator."""

    fault = serializers.CharField(max_length=40)
    probability = serializers.FloatField(min_value=0, max_value=1, default=1.0)
    seed = serializers.IntegerField(min_value=0, default=0)
    count = serializers.IntegerField(min_value=1, required=False)
    direction = serializers.ChoiceField(choices=FAULT_DIRECTIONS, required=False)
    account_token = serializers.CharField(max_length=128, required=False, source="account")
    reason = serializers.CharField(max_length=35, required=False)
    times = serializers.IntegerField(min_value=1, required=False)
    delay_seconds = serializers.FloatField(min_value=0, required=False)
    hold_seconds = serializers.FloatField(min_value=0, required=False)
    closes_hour = serializers.IntegerField(min_value=0, max_value=23, required=False)
    opens_hour = serializers.IntegerField(min_value=0, max_value=23, required=False)


class FaultOut(serializers.Serializer[Any]):
    """The fault as it is set."""

    id = serializers.IntegerField()
    fault = serializers.CharField()
    probability = serializers.FloatField()
    seed = serializers.IntegerField()


class CutoffIn(StrictSerializer):
    """Whose cutoff."""

    bank = serializers.SlugField(max_length=32)


class PayoutOut(serializers.Serializer[Any]):
    """One payout of a batch: gross less fee, refunds and held is net."""

    id = serializers.CharField()
    state = serializers.CharField()
    gross = MoneyOut()
    fee = MoneyOut()
    refunds = MoneyOut()
    held = MoneyOut()
    net = MoneyOut()
    reason = serializers.CharField()


class CutoffOut(serializers.Serializer[Any]):
    """The batch, and the day the bank closed."""

    batch = serializers.CharField()
    bank = serializers.CharField()
    state = serializers.CharField()
    booked_date = serializers.DateField()
    cutoff_at = serializers.DateTimeField()
    total = MoneyOut()
    payouts = PayoutOut(many=True)


class FundingTokensView(ApiView):
    """Simulated accounts."""

    permission_classes = (InSandboxHere, IsAuthenticated)

    @extend_schema(
        operation_id="open_funding_token",
        request=FundingTokenIn,
        responses={201: FundingTokenOut},
    )
    def post(self, request: Request) -> Response:
        """Open an account with money in it that belongs to the caller's tax id."""
        wanted = self.read(request, FundingTokenIn)
        opened = sandbox.open_funding_token(person=person_of(request), **wanted)
        answer = {"token": opened.token, "verification_code": opened.verification_code}
        return Response(answer, status=201)


class FundingCodesView(ApiView):
    """Fresh codes of linked accounts."""

    permission_classes = (InSandboxHere, IsAuthenticated)

    @extend_schema(
        operation_id="renew_funding_code", request=FundingCodeIn, responses={201: FundingCodeOut}
    )
    def post(self, request: Request) -> Response:
        """Show the code with which the bank would confirm its customer now; the old one ends."""
        source_id = self.read(request, FundingCodeIn)["funding_source"]
        code = sandbox.renew_funding_code(person=person_of(request), source_id=source_id)
        return Response({"verification_code": code}, status=201)


class ClockView(ApiView):
    """The sandbox's business time."""

    authentication_classes = ()
    permission_classes = (InSandboxHere,)

    @extend_schema(operation_id="travel", request=ClockIn, responses={200: ClockOut})
    def post(self, request: Request) -> Response:
        """Move time forward, never backwards, here and at the banks."""
        seconds = self.read(request, ClockIn)["advance_seconds"]
        return Response({"now": moment_out(sandbox.travel(seconds=seconds))})


class FaultsView(ApiView):
    """What is wrong with a simulated bank."""

    authentication_classes = ()
    permission_classes = (InSandboxHere,)

    @extend_schema(operation_id="set_fault", request=FaultIn, responses={201: FaultOut})
    def post(self, request: Request, bank: str) -> Response:
        """Make a bank misbehave, repeatably by seed."""
        fault = self.read(request, FaultIn)
        return Response(sandbox.set_fault(bank=bank, fault=fault), status=201)

    @extend_schema(operation_id="clear_faults", responses={204: None})
    def delete(self, request: Request, bank: str) -> Response:  # noqa: ARG002 - The framework's.
        """Let a bank behave again."""
        sandbox.clear_faults(bank=bank)
        return Response(status=204)


class CutoffView(ApiView):
    """A bank's cutoff, now."""

    authentication_classes = ()
    permission_classes = (InSandboxHere,)

    @extend_schema(operation_id="run_cutoff", request=CutoffIn, responses={200: CutoffOut})
    def post(self, request: Request) -> Response:
        """Claim, send, let the bank execute, and answer the batch."""
        run = sandbox.run_cutoff(bank=self.read(request, CutoffIn)["bank"])
        return Response({**_batch(run.batch), "booked_date": run.booked_date.isoformat()})


def _batch(batch: BatchSnapshot) -> dict[str, Any]:
    return {
        "batch": batch.public_id,
        "bank": batch.bank,
        "state": batch.state,
        "cutoff_at": moment_out(batch.cutoff_at),
        "total": money_out(batch.total),
        "payouts": [
            {
                "id": payout.public_id,
                "state": payout.state,
                "gross": money_out(payout.gross),
                "fee": money_out(payout.fee),
                "refunds": money_out(payout.refunds),
                "held": money_out(payout.held),
                "net": money_out(payout.net),
                "reason": payout.reason,
            }
            for payout in batch.payouts
        ],
    }
