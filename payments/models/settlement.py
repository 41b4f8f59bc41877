"""Paying merchants: windows, batches and the payouts inside them."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from payments.enums import BatchState, PayoutState
from payments.models.banks import AgreementRail, Bank


class SettlementWindow(models.Model):
    """One cutoff of a bank on one business day."""

    agreement_rail = models.ForeignKey(
        AgreementRail, on_delete=models.PROTECT, related_name="windows"
    )
    bank = models.ForeignKey(Bank, on_delete=models.PROTECT, related_name="windows")
    business_date = models.DateField()
    cutoff_at = models.DateTimeField()
    value_date = models.DateField()

    class Meta:
        """One window for each rail and day."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agreement_rail", "cutoff_at"],
                name="payments_settlementwindow_once",
            ),
        ]

    def __str__(self) -> str:
        """Name the day."""
        return f"{self.business_date} {self.cutoff_at}"


class SettlementBatch(models.Model):
    """The payouts of one window, frozen at the cutoff and sent as one file.

    ``message_id`` and the file (``file_build`` names its parts) are fixed before the bank is
    called, so whatever happens to the process, there is one file with one name. ``claimed_to`` is
    the payout account up to which shops were claimed; with the counts of what is claimed, written
    and answered so far it says how far the batch is. ``next_look_up_at`` says when to ask about
    a file whose fate is unknown; there is no second sending of it.
    """

    public_id = models.CharField(max_length=32, unique=True)
    window = models.OneToOneField(SettlementWindow, on_delete=models.PROTECT, related_name="batch")
    bank = models.ForeignKey(Bank, on_delete=models.PROTECT, related_name="batches")
    state = models.CharField(max_length=16, choices=BatchState.choices, default=BatchState.OPEN)
    currency = models.CharField(max_length=3)
    payout_count = models.IntegerField(default=0)
    total_minor = models.BigIntegerField(default=0)
    approval_above_minor = models.BigIntegerField()
    message_id = models.CharField(max_length=35, unique=True)
    claimed_to = models.BigIntegerField(default=0, db_default=0)
    written_count = models.IntegerField(default=0, db_default=0)
    answered_count = models.IntegerField(default=0, db_default=0)
    file_build = models.UUIDField(null=True, blank=True)
    file_size = models.BigIntegerField(default=0, db_default=0)
    file_sha256 = models.CharField(max_length=64, blank=True, default="")
    prepared_by = models.ForeignKey(
        "people.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_by = models.ForeignKey(
        "people.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    claimed_at = models.DateTimeField(null=True, blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    reconciled_at = models.DateTimeField(null=True, blank=True)
    look_ups = models.SmallIntegerField(default=0)
    next_look_up_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Totals are frozen and sensible; a large batch takes two people; a sent one is kept."""

        verbose_name_plural = "settlement batches"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(payout_count__gte=0) & Q(total_minor__gte=0),
                name="payments_settlementbatch_totals_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "claimed", "skipped"])
                | Q(total_minor__lte=F("approval_above_minor"))
                | Q(approved_by__isnull=False),
                name="payments_settlementbatch_large_is_approved",
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True)
                | Q(prepared_by__isnull=True)
                | ~Q(approved_by=F("prepared_by")),
                name="payments_settlementbatch_four_eyes",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "claimed", "approved", "skipped"])
                | (Q(file_build__isnull=False) & Q(asked_at__isnull=False)),
                name="payments_settlementbatch_file_kept_first",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["state", "id"],
                name="payments_batch_unfinished",
                condition=~Q(state__in=["reconciled", "skipped", "rejected"]),
            ),
        ]

    def __str__(self) -> str:
        """Name the batch."""
        return f"{self.public_id} {self.state}"


class FilePart(models.Model):
    """A megabyte of a batch's file. Of several builds one becomes the file, see ``file_build``."""

    batch = models.ForeignKey(SettlementBatch, on_delete=models.PROTECT, related_name="parts")
    build = models.UUIDField()
    position = models.IntegerField()
    content = models.BinaryField()

    class Meta:
        """The parts of a build are numbered."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["build", "position"], name="payments_filepart_numbered"
            ),
        ]

    def __str__(self) -> str:
        """Name the part."""
        return f"{self.batch_id}: {self.position}"


class BatchMove(models.Model):
    """One change of a batch's state: append-only history."""

    batch = models.ForeignKey(SettlementBatch, on_delete=models.PROTECT, related_name="moves")
    from_state = models.CharField(max_length=16, choices=BatchState.choices)
    to_state = models.CharField(max_length=16, choices=BatchState.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(
        "people.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.TextField(blank=True, default="")

    class Meta:
        """A move changes something."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(from_state=F("to_state")), name="payments_batchmove_changes"
            ),
        ]

    def __str__(self) -> str:
        """Say the move."""
        return f"{self.from_state} → {self.to_state}"


class Payout(models.Model):
    """One instruction to pay a merchant what its sales of a window came to, less the fee.

    Refunds since the last payout are taken out of it (``refunds_minor``, less the fee given back
    with them), and so is what open disputes hold (``held_minor``; negative when more was let go).
    Its public id is the instruction id and the end-to-end id in the file, so a line of the
    bank's statement names it. A reissued payout is a new row that names the old one.
    """

    public_id = models.CharField(max_length=32, unique=True)
    batch = models.ForeignKey(
        SettlementBatch, on_delete=models.PROTECT, null=True, blank=True, related_name="payouts"
    )
    party = models.ForeignKey("people.Party", on_delete=models.PROTECT, related_name="payouts")
    bank = models.ForeignKey(Bank, on_delete=models.PROTECT, related_name="payouts")
    account_token = models.CharField(max_length=128)
    account_last4 = models.CharField(max_length=4, blank=True, default="")
    holder_name = models.CharField(max_length=140)
    gross_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField()
    refunds_minor = models.BigIntegerField(default=0, db_default=0)
    held_minor = models.BigIntegerField(default=0, db_default=0)
    net_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=16, choices=PayoutState.choices, default=PayoutState.READY)
    reissue_of = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="reissued_as"
    )
    bank_reference = models.CharField(max_length=64, blank=True, default="")
    reason = models.CharField(max_length=140, blank=True, default="")
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Gross less fee, refunds and what is held is net, and net is positive."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(
                    net_minor=F("gross_minor")
                    - F("fee_minor")
                    - F("refunds_minor")
                    - F("held_minor")
                ),
                name="payments_payout_net_adds_up",
            ),
            models.CheckConstraint(
                condition=Q(net_minor__gt=0) & Q(fee_minor__gte=0),
                name="payments_payout_net_positive",
            ),
            models.CheckConstraint(
                condition=~Q(state="settled") | Q(settled_at__isnull=False),
                name="payments_payout_settled_has_moment",
            ),
            models.CheckConstraint(
                condition=Q(state="ready") | Q(batch__isnull=False),
                name="payments_payout_claimed_has_batch",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["party", "-id"], name="payments_payout_of_party"),
            models.Index(fields=["bank", "net_minor"], name="payments_payout_of_amount"),
            models.Index(
                fields=["bank", "holder_name"],
                name="payments_payout_open_payee",
                condition=Q(state__in=["sent", "accepted", "unknown"]),
            ),
            models.Index(
                fields=["bank", "id"],
                name="payments_payout_waiting",
                condition=Q(state="ready"),
            ),
        ]

    def __str__(self) -> str:
        """Name the payout."""
        return f"{self.public_id} {self.state}"


class PayoutMove(models.Model):
    """One change of a payout's state: append-only history."""

    payout = models.ForeignKey(Payout, on_delete=models.PROTECT, related_name="moves")
    from_state = models.CharField(max_length=16, choices=PayoutState.choices)
    to_state = models.CharField(max_length=16, choices=PayoutState.choices)
    at = models.DateTimeField()
    reason = models.CharField(max_length=140, blank=True, default="")

    class Meta:
        """A move changes something."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(from_state=F("to_state")), name="payments_payoutmove_changes"
            ),
        ]

    def __str__(self) -> str:
        """Say the move."""
        return f"{self.from_state} → {self.to_state}"


class PayoutItem(models.Model):
    """One sale inside a payout. A sale is in exactly one payout, for ever."""

    # Found by the index below, which begins with it.
    payout = models.ForeignKey(
        Payout, on_delete=models.PROTECT, related_name="items", db_index=False
    )
    payment = models.OneToOneField(
        "payments.Payment", on_delete=models.PROTECT, related_name="payout_item"
    )
    gross_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField()

    class Meta:
        """An item has an amount."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(gross_minor__gt=0)
                & Q(fee_minor__gte=0)
                & Q(fee_minor__lte=F("gross_minor")),
                name="payments_payoutitem_amounts_sensible",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["payout", "id"], name="payments_payoutitem_in_order"),
        ]

    def __str__(self) -> str:
        """Name the sale."""
        return f"{self.payment_id}: {self.gross_minor} less {self.fee_minor}"
