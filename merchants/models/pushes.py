"""What the people of a shop want to be told of, and the browsers that are told while closed."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from merchants.models.shops import Shop


class PushSubscription(models.Model):
    """A browser of somebody of a team that takes pushes for one shop.

    It lives as long as the browser's session has not been ended; one that only ran out keeps it,
    or nobody would be told of the night's orders. ``failures`` counts tries since the last good
    one.
    """

    public_id = models.CharField(max_length=40, unique=True)
    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+")
    session = models.ForeignKey("people.WebSession", on_delete=models.CASCADE, related_name="+")
    endpoint = models.CharField(max_length=1000)
    p256dh = models.CharField(max_length=100)
    auth = models.CharField(max_length=32)
    created_at = models.DateTimeField()
    pushed_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0)

    class Meta:
        """A browser subscribes once for each shop."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["endpoint", "shop"], name="merchants_pushsubscription_once"
            ),
            models.CheckConstraint(
                condition=~Q(endpoint=""), name="merchants_pushsubscription_leads_somewhere"
            ),
        ]

    def __str__(self) -> str:
        """Name the subscription."""
        return self.public_id


class PushPlace(models.Model):
    """How far the feed was read for pushes; one row."""

    xid = models.BigIntegerField()
    row = models.BigIntegerField()

    class Meta:
        """There is one reader."""

        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(id=1), name="merchants_pushplace_only_one"),
        ]

    def __str__(self) -> str:
        """Say where."""
        return f"{self.xid}.{self.row}"
