"""Know your business: the review that a shop passes before it is paid out."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from merchants.enums import DocumentKind, ReviewCause, ReviewReason, ReviewRisk, ReviewState
from merchants.models.shops import Shop

UNDECIDED = (ReviewState.OPEN, ReviewState.ASKED, ReviewState.ANSWERED)


class ShopReview(models.Model):
    """One review of a shop, from its opening to a decision; a later one is another row.

    ``decided_by`` is who decided, ``checked_by`` the colleague who agreed where the risk is high.
    Both are null for a shop that was there before there were reviews, and in a sandbox. ``cause``
    says why a shop is looked at again.
    """

    public_id = models.CharField(max_length=40, unique=True)
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="reviews")
    state = models.CharField(
        max_length=10, choices=ReviewState.choices, default=ReviewState.OPEN.value
    )
    risk = models.CharField(max_length=8, choices=ReviewRisk.choices)
    cause = models.CharField(
        max_length=8,
        choices=ReviewCause.choices,
        default=ReviewCause.OPENED.value,
        db_default="",
        blank=True,
    )
    reasons = ArrayField(models.CharField(max_length=24), default=list)
    words = models.CharField(max_length=500, default="", blank=True)
    answer = models.CharField(max_length=2000, default="", blank=True)
    opened_at = models.DateTimeField()
    moved_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        "people.Person", on_delete=models.PROTECT, null=True, related_name="+"
    )
    checked_by = models.ForeignKey(
        "people.Person", on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        """One undecided review of a shop; a high risk takes two people; a refusal has reasons."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["shop"],
                condition=Q(state__in=UNDECIDED),
                name="merchants_shopreview_one_undecided",
            ),
            models.CheckConstraint(
                condition=Q(state__in=ReviewState.values)
                & Q(risk__in=ReviewRisk.values)
                & Q(reasons__contained_by=ReviewReason.values),
                name="merchants_shopreview_words_known",
            ),
            models.CheckConstraint(
                condition=Q(cause__in=ReviewCause.values),
                name="merchants_shopreview_cause_known",
            ),
            models.CheckConstraint(
                condition=~Q(state=ReviewState.APPROVED, risk=ReviewRisk.HIGH)
                | Q(decided_by__isnull=False, checked_by__isnull=False),
                name="merchants_shopreview_high_risk_takes_two",
            ),
            models.CheckConstraint(
                condition=Q(checked_by__isnull=True) | ~Q(checked_by=F("decided_by")),
                name="merchants_shopreview_four_eyes",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[ReviewState.REJECTED, ReviewState.ASKED])
                | Q(reasons__len__gt=0),
                name="merchants_shopreview_reasons_given",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["id"],
                condition=Q(state__in=[ReviewState.OPEN, ReviewState.ANSWERED]),
                name="merchants_shopreview_waiting",
            ),
            models.Index(fields=["shop", "-id"], name="merchants_shopreview_newest"),
        ]

    def __str__(self) -> str:
        """Name the review."""
        return f"{self.public_id} {self.state}"


class ReviewMove(models.Model):
    """One step of a review: append-only history."""

    review = models.ForeignKey(ShopReview, on_delete=models.PROTECT, related_name="moves")
    from_state = models.CharField(max_length=10, default="", blank=True)
    to_state = models.CharField(max_length=10)
    at = models.DateTimeField()
    by = models.ForeignKey("people.Person", on_delete=models.PROTECT, null=True, related_name="+")
    reason = models.CharField(max_length=500, default="", blank=True)

    class Meta:
        """A move changes something."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(from_state=F("to_state")), name="merchants_reviewmove_changes"
            ),
        ]

    def __str__(self) -> str:
        """Say the move."""
        return f"{self.from_state} → {self.to_state}"


class ReviewDocument(models.Model):
    """A paper that a shop sent to its reviewers: kept as it is, and seen by nobody unnoted.

    A picture was written anew from its pixels; a PDF is byte for byte what was sent.
    """

    public_id = models.CharField(max_length=40, unique=True)
    review = models.ForeignKey(ShopReview, on_delete=models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=12, choices=DocumentKind.choices)
    name = models.CharField(max_length=120)
    mime = models.CharField(max_length=64)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    sent_by = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField()

    class Meta:
        """The same paper once; of kinds that are known."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["review", "sha256"], name="merchants_reviewdocument_sent_once"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=DocumentKind.values)
                & Q(mime__in=["application/pdf", "image/jpeg", "image/png", "image/webp"])
                & Q(sha256__regex=r"^[0-9a-f]{64}$"),
                name="merchants_reviewdocument_words_known",
            ),
        ]

    def __str__(self) -> str:
        """Name the paper."""
        return self.name
