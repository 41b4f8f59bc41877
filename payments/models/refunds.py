"""Money of a purchase going back to its payer, and the history of that."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from payments.enums import RefundOrigin, RefundReason, RefundState
from payments.models.payments import Payment


class Refund(models.Model):
    """A part or all of a payment on its way back to the very account it came from.

    ``fee_minor`` is the part of the payment's fee that the operator gives back with it, so the
    shop gives ``amount_minor - fee_minor``. A trigger counts every refund in its payment's row,
    whose CHECK refuses what would be more than was paid. Above ``approval_above_minor`` staff
    are two; it is null where one person is enough, as in a shop. ``payee_id`` is the payment's: the
    same trigger refuses another, so a shop's refunds are read along an index of their own.
    """

    public_id = models.CharField(max_length=40, unique=True)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    payee_id = models.BigIntegerField(editable=False)
    amount_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=16)
    origin = models.CharField(max_length=8)
    reason = models.CharField(max_length=16)
    note = models.CharField(max_length=140, default="", blank=True)
    request_key = models.CharField(max_length=64)
    asked_by = models.ForeignKey(
        "people.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_by = models.ForeignKey(
        "people.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    dispute = models.ForeignKey(
        "payments.Dispute", on_delete=models.PROTECT, null=True, blank=True, related_name="refunds"
    )
    approval_above_minor = models.BigIntegerField(null=True, blank=True)
    failure_code = models.CharField(max_length=40, default="", blank=True)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Asked for once, positive, and above the threshold approved by somebody else."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["payment", "request_key"], name="payments_refund_one_per_key"
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0), name="payments_refund_amount_positive"
            ),
            models.CheckConstraint(
                condition=Q(fee_minor__gte=0, fee_minor__lte=F("amount_minor")),
                name="payments_refund_fee_within_amount",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[each.value for each in RefundState])
                & Q(origin__in=[each.value for each in RefundOrigin])
                & Q(reason__in=[each.value for each in RefundReason]),
                name="payments_refund_words_known",
            ),
            models.CheckConstraint(
                condition=Q(origin="dispute", dispute__isnull=False)
                | (~Q(origin="dispute") & Q(dispute__isnull=True)),
                name="payments_refund_of_a_dispute",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True)
                | Q(asked_by__isnull=True)
                | ~Q(approved_by=F("asked_by")),
                name="payments_refund_four_eyes",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["awaiting_second", "declined"])
                | Q(approval_above_minor__isnull=True)
                | Q(amount_minor__lte=F("approval_above_minor"))
                | Q(approved_by__isnull=False),
                name="payments_refund_large_is_approved",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["payee_id", "-id"], name="payments_refund_by_payee"),
            models.Index(
                fields=["state", "id"],
                name="payments_refund_open",
                condition=Q(state__in=["awaiting_second", "approved", "processing", "unknown"]),
            ),
        ]

    def __str__(self) -> str:
        """Name the refund and where it is."""
        return f"{self.public_id} {self.state}"


class RefundMove(models.Model):
    """One change of a refund's state: append-only history."""

    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="moves")
    position = models.SmallIntegerField()
    from_state = models.CharField(max_length=16, default="", blank=True)
    to_state = models.CharField(max_length=16)
    at = models.DateTimeField()
    actor = models.CharField(max_length=40)
    reason = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        """Two processes cannot both make the next move."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["refund", "position"], name="payments_refundmove_numbered"
            ),
            models.CheckConstraint(
                condition=~Q(from_state=F("to_state")), name="payments_refundmove_moves"
            ),
        ]

    def __str__(self) -> str:
        """Say the move."""
        return f"{self.from_state or 'new'} → {self.to_state}"
