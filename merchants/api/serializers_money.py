"""Shapes of a shop's money, as its own programs send and get them; news of it look the same."""

from datetime import date
from enum import Enum
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.api import MoneyIn, MoneyOut, StrictSerializer, WordsIn
from core.money import MAX_MINOR
from merchants.api.serializers import Moment, PageIn
from merchants.api.serializers_orders import BuyerOut
from payments.enums import (
    DemandKind,
    EntryKind,
    PaymentKind,
    PaymentState,
    PayoutState,
    RefundOrigin,
    RefundReason,
    RefundState,
)
from payments.queries import PaymentSnapshot
from payments.services.refunds import LONGEST_NOTE

REASONS = [each.value for each in RefundReason if each != RefundReason.DISPUTE_LOST]
_YEARS = range(2000, 3000)


def choices_of(kinds: type[Enum]) -> list[tuple[str, str]]:
    """Return the codes of a list as the choices of a field of answers."""
    return [(each.value, each.name) for each in kinds]


class Day(serializers.DateField):
    """A day after which there is another one."""

    def to_internal_value(self, value: Any) -> date:
        """Return the day."""
        day: date = super().to_internal_value(value)
        if day.year not in _YEARS:
            self.fail("invalid", format="YYYY-MM-DD")
        return day


class DaysIn(PageIn):
    """Between which days, in the shop's time zone."""

    first_day = Day(required=False)
    last_day = Day(required=False)


class ShopPaymentsIn(DaysIn):
    """How to narrow what a shop was paid; the days are those of making."""

    state = serializers.ChoiceField([each.value for each in PaymentState], required=False)
    kind = serializers.ChoiceField([each.value for each in PaymentKind], required=False)
    q = serializers.CharField(
        required=False,
        max_length=80,
        help_text="A part of a payment's or order's id, or of the payer's name.",
    )
    least_minor = serializers.IntegerField(required=False, min_value=0, max_value=MAX_MINOR)
    most_minor = serializers.IntegerField(required=False, min_value=0, max_value=MAX_MINOR)
    order = serializers.ChoiceField(["newest", "oldest"], required=False, default="newest")


class ShopRefundsIn(PageIn):
    """How to narrow a shop's refunds."""

    payment = serializers.CharField(required=False, max_length=40, default="")
    state = serializers.ChoiceField(
        [each.value for each in RefundState], required=False, default=""
    )


class ShopPayoutsIn(DaysIn):
    """How to narrow a shop's payouts; the days are those of making."""

    state = serializers.ChoiceField(PayoutState.choices, required=False)


class StatementIn(PageIn):
    """Which days, in the shop's time zone; up to 366 of them."""

    first_day = Day()
    last_day = Day()


class RefundIn(StrictSerializer):
    """What to give back."""

    payment = serializers.CharField(max_length=40)
    amount = MoneyIn(required=False, help_text="Left out: all that is left of the payment.")
    reason = serializers.ChoiceField(REASONS)
    note = WordsIn(
        required=False,
        allow_blank=True,
        max_length=LONGEST_NOTE,
        default="",
        help_text="The payer reads it.",
    )


class ShopPaymentOut(serializers.Serializer[Any]):
    """A payment to the shop; ``fee`` is its part of the price, out of what it gets.

    ``refunding`` is on its way back, and ``fee_refunded`` is what of the fee goes back with it and
    with what is ``refunded`` already.
    """

    id = serializers.CharField()
    kind = serializers.ChoiceField(choices_of(PaymentKind))
    state = serializers.ChoiceField(choices_of(PaymentState))
    payer = BuyerOut()
    amount = MoneyOut()
    fee = MoneyOut()
    refunded = MoneyOut()
    refunding = MoneyOut()
    fee_refunded = MoneyOut()
    order = serializers.SerializerMethodField()
    link = serializers.SerializerMethodField()
    conversation = serializers.CharField(source="conversation_ref", allow_null=True)
    note = serializers.CharField()
    failure_code = serializers.CharField(allow_null=True)
    receipt = serializers.CharField(source="receipt_code", allow_null=True)
    created_at = Moment()
    completed_at = Moment(allow_null=True)

    def get_order(self, payment: PaymentSnapshot) -> str | None:
        """Return the order that it pays."""
        return payment.demand_reference if payment.demand_kind == DemandKind.ORDER else None

    def get_link(self, payment: PaymentSnapshot) -> str | None:
        """Return the payment link that it pays."""
        found: str | None = self.context["links"].get(payment.demand_reference)
        return found


class MoneyStepOut(serializers.Serializer[Any]):
    """A change of state; ``from`` is empty at the beginning."""

    to = serializers.CharField()
    at = Moment()

    def get_fields(self) -> dict[str, Any]:
        """Add ``from``, which Python keeps for itself."""
        return {"from": serializers.CharField(), **super().get_fields()}


class ShopRefundOut(serializers.Serializer[Any]):
    """A refund; ``fee`` is the part of Troco's fee that goes back with it."""

    id = serializers.CharField()
    payment = serializers.CharField(source="payment_id")
    state = serializers.ChoiceField(choices_of(RefundState))
    amount = MoneyOut()
    fee = MoneyOut()
    origin = serializers.ChoiceField(choices_of(RefundOrigin))
    reason = serializers.ChoiceField(choices_of(RefundReason))
    note = serializers.CharField()
    failure_code = serializers.CharField()
    created_at = Moment()
    closed_at = Moment(allow_null=True)


class ShopPaymentDetailOut(ShopPaymentOut):
    """A payment with its timeline, its refunds, its newest dispute and its payout."""

    timeline = MoneyStepOut(many=True)
    refunds = ShopRefundOut(many=True)
    dispute = serializers.CharField(allow_null=True)
    payout = serializers.CharField(allow_null=True)


class ShopPayoutOut(serializers.Serializer[Any]):
    """Money to the shop's bank: gross less fee, refunds and held is net.

    ``refunds`` is less the fee given back; ``held`` is below nothing when more was let go.
    """

    id = serializers.CharField()
    state = serializers.ChoiceField(PayoutState.choices)
    gross = MoneyOut()
    fee = MoneyOut()
    refunds = MoneyOut()
    held = MoneyOut()
    net = MoneyOut()
    payments = serializers.IntegerField(source="payment_count")
    bank = serializers.CharField()
    account_last4 = serializers.CharField()
    batch = serializers.CharField(allow_null=True)
    value_date = serializers.DateField(allow_null=True)
    bank_reference = serializers.CharField()
    reason = serializers.CharField()
    created_at = Moment()
    settled_at = Moment(allow_null=True)


class ShopPayoutDetailOut(ShopPayoutOut):
    """A payout with its timeline."""

    timeline = MoneyStepOut(many=True)


class PayoutSaleOut(serializers.Serializer[Any]):
    """One sale in a payout."""

    payment = serializers.CharField(source="payment.id")
    order = serializers.SerializerMethodField()
    completed_at = Moment(source="payment.completed_at", allow_null=True)
    gross = MoneyOut()
    fee = MoneyOut()
    net = MoneyOut()

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_order(self, item: Any) -> str | None:
        """Return the order that it paid."""
        payment = item.payment
        return payment.demand_reference if payment.demand_kind == DemandKind.ORDER else None


class PayoutEntryOut(serializers.Serializer[Any]):
    """What else a payout took along; ``taken`` is below nothing when it brought something."""

    kind = serializers.ChoiceField(choices_of(EntryKind))
    payment = serializers.CharField(source="payment_id")
    taken = MoneyOut()
    at = Moment()


class UnsettledOut(serializers.Serializer[Any]):
    """What a shop has sold, and what was taken from it, that no payout holds yet."""

    gross = MoneyOut()
    fee = MoneyOut()
    refunds = MoneyOut()
    held = MoneyOut()
    net = MoneyOut()
    payments = serializers.IntegerField(source="count")


class BalanceOut(UnsettledOut):
    """What the shop is owed now, and what of its sales no payout holds yet."""

    owed = MoneyOut()


class OwedLineOut(serializers.Serializer[Any]):
    """One change of what the shop is owed; ``reference`` is a payment, a refund or a payout."""

    seq = serializers.IntegerField()
    at = Moment()
    kind = serializers.CharField()
    reference = serializers.CharField()
    amount = MoneyOut(source="delta", help_text="Above nothing: the shop is owed more.")


class ShopPaymentListOut(serializers.Serializer[Any]):
    """A page of what a shop was paid."""

    data = ShopPaymentOut(many=True)  # type: ignore[assignment]  # The contract names it so.
    next = serializers.CharField(allow_null=True)


class ShopRefundListOut(serializers.Serializer[Any]):
    """A page of a shop's refunds."""

    data = ShopRefundOut(many=True)  # type: ignore[assignment]  # The contract names it so.
    next = serializers.CharField(allow_null=True)


class ShopPayoutListOut(serializers.Serializer[Any]):
    """A page of a shop's payouts."""

    data = ShopPayoutOut(many=True)  # type: ignore[assignment]  # The contract names it so.
    next = serializers.CharField(allow_null=True)


class PayoutSaleListOut(serializers.Serializer[Any]):
    """A page of the sales in a payout."""

    data = PayoutSaleOut(many=True)  # type: ignore[assignment]  # The contract names it so.
    next = serializers.CharField(allow_null=True)


class PayoutEntryListOut(serializers.Serializer[Any]):
    """A page of what else a payout took along."""

    data = PayoutEntryOut(many=True)  # type: ignore[assignment]  # The contract names it so.
    next = serializers.CharField(allow_null=True)


class StatementOut(serializers.Serializer[Any]):
    """A page of a statement: ``opening`` and all its lines together are ``closing``."""

    opening = MoneyOut()
    closing = MoneyOut()
    data = OwedLineOut(many=True)  # type: ignore[assignment]  # The contract names it so.
    next = serializers.CharField(allow_null=True)
