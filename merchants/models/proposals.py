"""A refund that is more than its asker may give back: it waits for somebody who may."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from merchants.enums import ProposalState
from merchants.models.shops import Shop

OPEN = Q(state=ProposalState.OPEN)
APPROVED = Q(state=ProposalState.APPROVED)


class RefundProposal(models.Model):
    """What one of a team would give back, and what became of it; it ends once, and so is history.

    ``given_minor`` is what of the payment was given back, or on its way, when it was asked: who
    may decide is told by both amounts together. ``decided_by`` is null while it waits, and where
    its asker took it back or its time was over. ``answer`` is what who declined said.
    """

    public_id = models.CharField(max_length=40, unique=True)
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+")
    payment_ref = models.CharField(max_length=40)
    amount_minor = models.BigIntegerField()
    given_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=24)
    note = models.CharField(max_length=140, blank=True, default="")
    request_key = models.CharField(max_length=64)
    asked_by = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    state = models.CharField(
        max_length=10, choices=ProposalState.choices, default=ProposalState.OPEN.value
    )
    decided_by = models.ForeignKey(
        "people.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answer = models.CharField(max_length=140, blank=True, default="")
    refund_ref = models.CharField(max_length=40, blank=True, default="")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """One open proposal of a payment and asker; decided by another; refunded if approved."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["payment_ref", "asked_by"],
                condition=OPEN,
                name="merchants_refundproposal_one_open",
            ),
            models.UniqueConstraint(
                fields=["payment_ref", "asked_by", "request_key"],
                name="merchants_refundproposal_asked_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=ProposalState.values)
                & Q(amount_minor__gt=0)
                & Q(given_minor__gte=0),
                name="merchants_refundproposal_sane",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("asked_by")),
                name="merchants_refundproposal_four_eyes",
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=[ProposalState.APPROVED, ProposalState.DECLINED],
                    decided_by__isnull=False,
                )
                | Q(
                    state__in=[
                        ProposalState.OPEN,
                        ProposalState.WITHDRAWN,
                        ProposalState.EXPIRED,
                    ],
                    decided_by__isnull=True,
                ),
                name="merchants_refundproposal_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=(APPROVED & ~Q(refund_ref="")) | (~APPROVED & Q(refund_ref="")),
                name="merchants_refundproposal_approved_is_refunded",
            ),
            models.CheckConstraint(
                condition=(OPEN & Q(ended_at__isnull=True)) | (~OPEN & Q(ended_at__isnull=False)),
                name="merchants_refundproposal_ends",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("asked_at")), name="merchants_refundproposal_lasts"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["shop", "-id"], condition=OPEN, name="merchants_refundproposal_open"
            ),
            models.Index(
                fields=["expires_at", "id"], condition=OPEN, name="merchants_refundproposal_due"
            ),
            models.Index(fields=["shop", "asked_by", "-id"], name="merchants_refundproposal_asked"),
        ]

    def __str__(self) -> str:
        """Name the proposal."""
        return f"{self.public_id} {self.state}"
