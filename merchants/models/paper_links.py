"""The way of one paper from a phone to the reviewers."""

from datetime import timedelta
from typing import ClassVar, Final

from django.db import models
from django.db.models import F, Q

from merchants.enums import DocumentKind
from merchants.models.reviews import ReviewDocument
from merchants.models.shops import Shop

LIVES: Final = timedelta(minutes=15)
MOST_TRIES: Final = 10
"""How many files may be tried: each is looked into, and somebody may try what is none for ever."""


class PaperLink(models.Model):
    """An address that takes one paper of one kind, once, from whoever opens it.

    Only a hash of its token is kept. Moments are the wall clock's. It ends by being used, by
    being cancelled (another was made, whoever asked lost the right or signed out), or by its time.
    """

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=DocumentKind.choices)
    token_hash = models.BinaryField(max_length=32, unique=True)
    made_by = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    document = models.ForeignKey(
        ReviewDocument, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    used_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """One open link of a person at a shop; it is short, and ends one way."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["shop", "made_by"],
                condition=Q(used_at__isnull=True, cancelled_at__isnull=True),
                name="merchants_paperlink_one_open",
            ),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True) | Q(cancelled_at__isnull=True),
                name="merchants_paperlink_ends_one_way",
            ),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True, document__isnull=True)
                | Q(used_at__isnull=False, document__isnull=False),
                name="merchants_paperlink_used_brings_one",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=DocumentKind.values), name="merchants_paperlink_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("made_at"), expires_at__lte=F("made_at") + LIVES),
                name="merchants_paperlink_is_short",
            ),
            models.CheckConstraint(
                condition=Q(tries__lte=MOST_TRIES), name="merchants_paperlink_tries_bounded"
            ),
        ]

    def __str__(self) -> str:
        """Say what it takes."""
        return f"{self.kind} of {self.shop_id}"
