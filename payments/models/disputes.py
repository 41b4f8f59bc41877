"""A payer's word against a payment, the answer to it, and the history of both."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from payments.enums import DisputeKind, DisputeReason, DisputeState
from payments.models.payments import Payment

OPEN = ["opened", "evidence_due", "under_review"]


class Dispute(models.Model):
    """What a payer says is wrong with a payment, with the payee's money held meanwhile.

    ``amount_minor`` is what was left of the payment when it was opened: what had been refunded
    before is not disputed. ``held_minor`` is what the books hold for it now, ``short_minor`` what
    should be held and is not there yet. ``due_at`` is the next moment at which the clock has
    something to do. A decision above ``approval_above_minor`` is proposed by one of the staff and
    made by another. A chargeback was opened, and is decided, by the card's issuer: nobody here.
    """

    public_id = models.CharField(max_length=40, unique=True)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="disputes")
    kind = models.CharField(max_length=12)
    reason = models.CharField(max_length=20)
    text = models.CharField(max_length=2000)
    evidence = models.JSONField(default=list, blank=True)
    state = models.CharField(max_length=16)
    opened_by = models.ForeignKey(
        "people.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    payer_id = models.BigIntegerField()
    payee_id = models.BigIntegerField()
    amount_minor = models.BigIntegerField()
    held_minor = models.BigIntegerField(default=0)
    short_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    approval_above_minor = models.BigIntegerField()
    proposed = models.CharField(max_length=4, default="", blank=True)
    proposed_by = models.ForeignKey(
        "people.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_by = models.ForeignKey(
        "people.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decision_reason = models.CharField(max_length=500, default="", blank=True)
    created_at = models.DateTimeField()
    answer_by = models.DateTimeField(null=True, blank=True)
    decide_by = models.DateTimeField(null=True, blank=True)
    block_until = models.DateTimeField(null=True, blank=True)
    return_by = models.DateTimeField(null=True, blank=True)
    chase_until = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """One at a time, decided once, and a large one by two people."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["payment"],
                condition=~Q(state__in=["withdrawn", "expired"]) & ~Q(kind="chargeback"),
                name="payments_dispute_one_for_a_payment",
            ),
            models.UniqueConstraint(
                fields=["payment"],
                condition=Q(kind="chargeback", state__in=OPEN),
                name="payments_dispute_one_open_chargeback",
            ),
            models.CheckConstraint(
                condition=Q(kind="chargeback") | Q(opened_by__isnull=False),
                name="payments_dispute_opened_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[each.value for each in DisputeState])
                & Q(kind__in=[each.value for each in DisputeKind])
                & Q(reason__in=[each.value for each in DisputeReason])
                & Q(proposed__in=["", "won", "lost"]),
                name="payments_dispute_words_known",
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0, held_minor__gte=0, short_minor__gte=0)
                & Q(held_minor__lte=F("amount_minor")),
                name="payments_dispute_amounts_sensible",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["won", "lost"])
                | Q(kind="chargeback")
                | Q(decided_by__isnull=False),
                name="payments_dispute_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True)
                | Q(proposed_by__isnull=True)
                | ~Q(decided_by=F("proposed_by")),
                name="payments_dispute_four_eyes",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["won", "lost"])
                | Q(kind="chargeback")
                | Q(amount_minor__lte=F("approval_above_minor"))
                | Q(proposed_by__isnull=False),
                name="payments_dispute_large_takes_two",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["due_at"],
                condition=Q(due_at__isnull=False),
                name="payments_dispute_due",
            ),
            models.Index(fields=["payer_id", "-id"], name="payments_dispute_by_payer"),
            models.Index(fields=["payee_id", "-id"], name="payments_dispute_by_payee"),
            models.Index(
                fields=["id"], condition=Q(short_minor__gt=0), name="payments_dispute_short"
            ),
        ]

    def __str__(self) -> str:
        """Name the dispute and where it is."""
        return f"{self.public_id} {self.state}"


class DisputeMove(models.Model):
    """One change of a dispute's state: append-only history."""

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="moves")
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
                fields=["dispute", "position"], name="payments_disputemove_numbered"
            ),
            models.CheckConstraint(
                condition=~Q(from_state=F("to_state")), name="payments_disputemove_moves"
            ),
        ]

    def __str__(self) -> str:
        """Say the move."""
        return f"{self.from_state or 'new'} → {self.to_state}"


class DisputeAnswer(models.Model):
    """What the payee says to a dispute: a draft until it is submitted, once."""

    dispute = models.OneToOneField(Dispute, on_delete=models.PROTECT, related_name="answer")
    text = models.CharField(max_length=2000, default="", blank=True)
    evidence = models.JSONField(default=list, blank=True)
    saved_by = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    saved_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """What is submitted says something."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(submitted_at__isnull=True) | ~Q(text=""),
                name="payments_disputeanswer_says_something",
            ),
        ]

    def __str__(self) -> str:
        """Say whether it was submitted."""
        return "submitted" if self.submitted_at else "draft"
