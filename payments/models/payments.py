"""A payment, its history, and what was asked of the banks for it.

Every payment writes these rows, so they have no foreign keys in the database and no index that
another one makes unnecessary (``docs/performance.md``): the functions and services that write them
hold the rows that they point at.
"""

from typing import ClassVar

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q

from payments.enums import AnswerKind, LegKind, LegState, PaymentKind, PaymentState
from payments.models.demands import Demand
from payments.models.funding import FundingSource
from payments.models.quotes import Quote


class Payment(models.Model):
    """Money that a person approved to move, from the approval to its end.

    ``amount_minor`` leaves the payer; ``fee_minor`` is the payee's part of the price and comes
    out of what it gets. ``limits_taken`` remembers what to give back should the payment fail.
    A trigger counts its refunds here: those under way, those done, and the fee given back.
    ``receipt_code`` comes with the completion and names the receipt.
    """

    public_id = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=24)
    country = models.CharField(max_length=2)
    payer_id = models.BigIntegerField()
    payee_id = models.BigIntegerField()
    amount_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    quote = models.OneToOneField(
        Quote, on_delete=models.PROTECT, related_name="payment", db_constraint=False
    )
    demand = models.ForeignKey(
        Demand,
        on_delete=models.PROTECT,
        null=True,
        related_name="payments",
        db_constraint=False,
        db_index=False,
    )
    source = models.ForeignKey(
        FundingSource,
        on_delete=models.PROTECT,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    proof_id = models.CharField(max_length=40, unique=True)
    idempotency_key = models.CharField(max_length=255)
    state = models.CharField(max_length=24)
    failure_code = models.CharField(max_length=40, default="", blank=True)
    note = models.CharField(max_length=140, default="", blank=True)
    conversation_ref = models.CharField(max_length=64, null=True)  # noqa: DJ001 - null is no talk.
    limits_taken = models.JSONField(default=list)
    created_at = models.DateTimeField()
    arrives_by = models.DateTimeField(null=True)
    claim_until = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    refunding_minor = models.BigIntegerField(default=0, db_default=0)
    refunded_minor = models.BigIntegerField(default=0, db_default=0)
    fee_refunded_minor = models.BigIntegerField(default=0, db_default=0)
    receipt_code = models.CharField(max_length=20, null=True, unique=True)  # noqa: DJ001 - null is none.

    class Meta:
        """One payment for each key, quote and proof; one live payment for each demand."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["payer_id", "idempotency_key"], name="payments_payment_one_per_key"
            ),
            models.UniqueConstraint(
                fields=["demand"],
                condition=~Q(state__in=["failed", "cancelled", "returned"]),
                name="payments_payment_one_live_per_demand",
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0), name="payments_payment_amount_positive"
            ),
            models.CheckConstraint(
                condition=Q(fee_minor__gte=0, fee_minor__lte=F("amount_minor")),
                name="payments_payment_fee_within_amount",
            ),
            models.CheckConstraint(
                condition=~Q(payer_id=F("payee_id")), name="payments_payment_two_parties"
            ),
            models.CheckConstraint(
                condition=Q(refunding_minor__gte=0, refunded_minor__gte=0)
                & Q(amount_minor__gte=F("refunding_minor") + F("refunded_minor")),
                name="payments_payment_refunds_within_amount",
            ),
            models.CheckConstraint(
                condition=Q(fee_refunded_minor__gte=0, fee_refunded_minor__lte=F("fee_minor")),
                name="payments_payment_fee_refunded_within_fee",
            ),
            models.CheckConstraint(
                condition=~Q(state="pending_claim") | Q(claim_until__isnull=False),
                name="payments_payment_waiting_has_an_end",
            ),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in PaymentState])
                & Q(kind__in=[kind.value for kind in PaymentKind]),
                name="payments_payment_words_known",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["payer_id", "-id"], name="payments_payment_sent"),
            # Few of many, which staff look for; what completes is found without.
            models.Index(
                fields=["state", "-id"],
                condition=Q(
                    state__in=[
                        "failed",
                        "cancelled",
                        "returned",
                        "partially_refunded",
                        "refunded",
                        "disputed",
                    ]
                ),
                name="payments_payment_ended",
            ),
            BrinIndex(
                fields=["created_at"],
                pages_per_range=32,
                autosummarize=True,
                name="payments_payment_by_day",
            ),
            models.Index(fields=["payee_id", "-id"], name="payments_payment_received"),
            models.Index(
                fields=["payee_id", "completed_at"],
                condition=Q(completed_at__isnull=False),
                name="payments_payment_sold",
            ),
            # Few, which a shop's first page counts beside what was sold.
            models.Index(
                fields=["payee_id", "created_at"],
                condition=Q(state="failed"),
                name="payments_payment_not_sold",
            ),
            models.Index(
                fields=["id"],
                condition=Q(failure_code="return_refused"),
                name="payments_payment_refused_back",
            ),
            models.Index(
                fields=["claim_until", "id"],
                condition=Q(state="pending_claim"),
                name="payments_payment_waiting",
            ),
            models.Index(
                fields=["demand"],
                condition=Q(demand__isnull=False),
                name="payments_payment_of_demand",
            ),
            models.Index(
                fields=["id"],
                condition=Q(state__in=["authorized", "processing", "unknown"]),
                name="payments_payment_open",
            ),
        ]

    def __str__(self) -> str:
        """Name the payment and where it is."""
        return f"{self.public_id} {self.state}"


class PaymentMove(models.Model):
    """One change of a payment's state: append-only history, exactly one newest."""

    payment = models.ForeignKey(
        Payment,
        on_delete=models.PROTECT,
        related_name="moves",
        db_constraint=False,
        db_index=False,
    )
    position = models.SmallIntegerField()
    from_state = models.CharField(max_length=24, default="", blank=True)
    to_state = models.CharField(max_length=24)
    at = models.DateTimeField()
    actor = models.CharField(max_length=40)
    reason = models.CharField(max_length=200, default="", blank=True)
    most_recent = models.BooleanField(default=True)

    class Meta:
        """Two processes cannot both make the next move."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["payment"],
                condition=Q(most_recent=True),
                name="payments_paymentmove_one_newest",
            ),
            models.UniqueConstraint(
                fields=["payment", "position"], name="payments_paymentmove_numbered"
            ),
            models.CheckConstraint(
                condition=~Q(from_state=F("to_state")), name="payments_paymentmove_moves"
            ),
        ]

    def __str__(self) -> str:
        """Say the move."""
        return f"{self.from_state or 'new'} → {self.to_state}"


class Leg(models.Model):
    """One movement at one bank that the payment needs: debit, credit, or the way back.

    A refund has one leg of its own, which hangs on the payment it gives back.
    """

    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, related_name="legs", db_constraint=False
    )
    refund = models.OneToOneField(
        "payments.Refund", on_delete=models.PROTECT, null=True, related_name="leg"
    )
    kind = models.CharField(max_length=8)
    rail = models.CharField(max_length=32)
    bank = models.CharField(max_length=32)
    account_token = models.CharField(max_length=128)
    state = models.CharField(max_length=12, default=LegState.PENDING.value)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        """Each kind of leg at most once in a payment, but for refunds and refused ways back.

        Each refund has a leg of its own. A way back that the payer's bank refused is followed by
        another, to another account; it is never sent again itself.
        """

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["payment", "kind"],
                condition=Q(refund__isnull=True) & ~Q(kind="return", state="refused"),
                name="payments_leg_one_per_kind",
            ),
            models.CheckConstraint(
                condition=Q(kind="refund", refund__isnull=False)
                | (~Q(kind="refund") & Q(refund__isnull=True)),
                name="payments_leg_refund_has_its_own",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=[kind.value for kind in LegKind])
                & Q(state__in=[state.value for state in LegState]),
                name="payments_leg_words_known",
            ),
        ]

    def __str__(self) -> str:
        """Name the leg and its bank."""
        return f"{self.kind} at {self.bank}: {self.state}"


class Attempt(models.Model):
    """One instruction to a bank, written and committed before the bank is called.

    There is one for each leg and it is never sent twice. Its names are made with it and kept for
    every retry; ``end_to_end_id`` is empty where it is the instruction id. ``outcome`` is empty
    until anything is known; ``unknown`` stays so until the bank or its statement gives a
    definitive answer. ``asked_at`` is business time, by which a statement is found; ``sent_at``
    and ``look_up_at`` are wall-clock time: looking up is machinery, not business (ruling 15).
    """

    leg = models.OneToOneField(
        Leg, on_delete=models.PROTECT, related_name="attempt", db_constraint=False
    )
    instruction_id = models.CharField(max_length=35, unique=True)
    end_to_end_id = models.CharField(max_length=35, default="", blank=True)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    asked_at = models.DateTimeField()
    sent_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=12, default="", blank=True)
    bank_reference = models.CharField(max_length=64, default="", blank=True)
    reason = models.CharField(max_length=140, default="", blank=True)
    look_ups = models.SmallIntegerField(default=0)
    look_up_at = models.DateTimeField(null=True)

    class Meta:
        """Known outcomes only; what waits for a look-up is found by its moment."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(outcome__in=["", *[kind.value for kind in AnswerKind]]),
                name="payments_attempt_outcome_known",
            ),
            models.CheckConstraint(
                condition=Q(look_ups__gte=0), name="payments_attempt_look_ups_count"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["look_up_at"],
                condition=Q(look_up_at__isnull=False),
                name="payments_attempt_to_look_up",
            ),
            models.Index(
                fields=["end_to_end_id"],
                condition=~Q(end_to_end_id=""),
                name="payments_attempt_end_to_end",
            ),
        ]

    def __str__(self) -> str:
        """Name the instruction and what is known of it."""
        return f"{self.instruction_id} {self.outcome or 'asked'}"

    @property
    def carried_id(self) -> str:
        """What both banks carry along as the end-to-end id."""
        return self.end_to_end_id or self.instruction_id
