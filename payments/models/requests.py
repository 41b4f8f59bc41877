"""Requests for money between people: who asks whom for how much, and how it went."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from payments.enums import RequestMeans, RequestState, SplitMode


class Split(models.Model):
    """A bill that one party divided among others: a request for each of them.

    ``own_minor`` is the part that the requester bears. That part and the requests add up to
    ``total_minor`` exactly; ``check_ledger`` proves it.
    """

    public_id = models.CharField(max_length=40, unique=True)
    payee = models.ForeignKey("people.Party", on_delete=models.PROTECT, related_name="+")
    mode = models.CharField(max_length=8)
    total_minor = models.BigIntegerField()
    own_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    note = models.CharField(max_length=140, default="", blank=True)
    created_at = models.DateTimeField()

    class Meta:
        """A total, of which the requester bears less than all."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(own_minor__gte=0, own_minor__lt=F("total_minor")),
                name="payments_split_own_part_within_total",
            ),
            models.CheckConstraint(
                condition=Q(mode__in=[mode.value for mode in SplitMode]),
                name="payments_split_mode_known",
            ),
        ]

    def __str__(self) -> str:
        """Name the split."""
        return self.public_id


class PaymentRequest(models.Model):
    """One party asks another for money; a ``Demand`` of the same reference lets it be paid.

    ``means`` says how it was paid: by the payment in ``payment_ref``, or otherwise (in cash, for
    instance) on the requester's word. With ``returns_ref`` a payment is asked back that was sent
    by mistake: then the demand is the one of that payment's return, and ``held_minor`` of the
    asked one's balance is held back while the question is open.
    """

    public_id = models.CharField(max_length=40, unique=True)
    split = models.ForeignKey(
        Split, on_delete=models.PROTECT, null=True, blank=True, related_name="requests"
    )
    payee = models.ForeignKey("people.Party", on_delete=models.PROTECT, related_name="+")
    payer = models.ForeignKey("people.Party", on_delete=models.PROTECT, related_name="+")
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    note = models.CharField(max_length=140, default="", blank=True)
    conversation_ref = models.CharField(  # noqa: DJ001 - null is no talk of its own.
        max_length=64, null=True, blank=True
    )
    returns_ref = models.CharField(max_length=40, default="", blank=True)
    held_minor = models.BigIntegerField(default=0)
    state = models.CharField(max_length=12)
    means = models.CharField(max_length=12, default="", blank=True)
    payment_ref = models.CharField(max_length=40, default="", blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    reminders = models.SmallIntegerField(default=0)
    reminded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """A positive amount between two parties; a paid request says how it was paid."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0), name="payments_paymentrequest_amount_positive"
            ),
            models.CheckConstraint(
                condition=~Q(payer=F("payee")), name="payments_paymentrequest_two_parties"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in RequestState])
                & Q(means__in=["", *[means.value for means in RequestMeans]]),
                name="payments_paymentrequest_words_known",
            ),
            models.CheckConstraint(
                condition=(Q(state="paid") & ~Q(means="")) | (~Q(state="paid") & Q(means="")),
                name="payments_paymentrequest_paid_says_how",
            ),
            models.CheckConstraint(
                condition=(Q(means="troco") & ~Q(payment_ref=""))
                | (~Q(means="troco") & Q(payment_ref="")),
                name="payments_paymentrequest_payment_named",
            ),
            models.UniqueConstraint(
                fields=["returns_ref"],
                condition=Q(state__in=["open", "declined"]) & ~Q(returns_ref=""),
                name="payments_paymentrequest_one_for_a_return",
            ),
            models.CheckConstraint(
                condition=Q(held_minor=0)
                | (
                    Q(held_minor__gt=0, held_minor__lte=F("amount_minor"), state="open")
                    & ~Q(returns_ref="")
                ),
                name="payments_paymentrequest_holds_while_open",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["payee", "-id"], name="payments_request_sent"),
            models.Index(fields=["payer", "-id"], name="payments_request_received"),
            models.Index(
                fields=["expires_at", "id"],
                condition=Q(state="open"),
                name="payments_request_expiring",
            ),
        ]

    def __str__(self) -> str:
        """Name the request and where it is."""
        return f"{self.public_id} {self.state}"


class RequestMove(models.Model):
    """One change of a request's state: append-only history, exactly one newest."""

    request = models.ForeignKey(PaymentRequest, on_delete=models.PROTECT, related_name="moves")
    from_state = models.CharField(max_length=12, default="", blank=True)
    to_state = models.CharField(max_length=12)
    at = models.DateTimeField()
    actor = models.CharField(max_length=40)
    reason = models.CharField(max_length=200, default="", blank=True)
    most_recent = models.BooleanField(default=True)

    class Meta:
        """Two processes cannot both make the next move."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["request"],
                condition=Q(most_recent=True),
                name="payments_requestmove_one_newest",
            ),
            models.CheckConstraint(
                condition=~Q(from_state=F("to_state")), name="payments_requestmove_moves"
            ),
        ]

    def __str__(self) -> str:
        """Say the move."""
        return f"{self.from_state or 'new'} → {self.to_state}"
