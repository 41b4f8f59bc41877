"""Papers that a shop adds to its answer to a dispute."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from merchants.models.shops import Shop


class DisputePaper(models.Model):
    """A file that speaks for the shop: a draft's until the answer is submitted, then kept for good.

    A picture was written anew from its pixels; a PDF is byte for byte what was sent. ``shows`` is
    what its sender says of it. ``handed_in_at`` is when it went to whoever decides.
    """

    public_id = models.CharField(max_length=40, unique=True)
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+")
    dispute_ref = models.CharField(max_length=40)
    name = models.CharField(max_length=120)
    shows = models.CharField(max_length=140, blank=True, default="")
    mime = models.CharField(max_length=64)
    content = models.BinaryField()
    sha256 = models.CharField(max_length=64)
    sent_by = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField()
    handed_in_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """The same paper once; of kinds that are known."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["dispute_ref", "sha256"], name="merchants_disputepaper_sent_once"
            ),
            models.CheckConstraint(
                condition=Q(mime__in=["application/pdf", "image/jpeg", "image/png", "image/webp"])
                & Q(sha256__regex=r"^[0-9a-f]{64}$"),
                name="merchants_disputepaper_words_known",
            ),
        ]

    def __str__(self) -> str:
        """Name the paper."""
        return self.name
