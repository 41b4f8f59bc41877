"""Keys with which programs act for a shop."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from merchants.enums import KeyScope
from merchants.models.shops import Shop

LONGEST_RANGE = 43
"""IPv6 in full, with its length of prefix."""

MOST_RANGES = 50


class ShopKey(models.Model):
    """A key of a shop: shown once, kept as a hash, ended at once.

    ``hint`` is what of it may be shown again; ``used_at`` is the wall clock's, at most a minute
    old. ``ends_at``, of the wall clock too, is set where another key takes its place: until then
    both open. ``refund_minor`` is what a key that opens refunds gives back of one payment at
    most; null is any amount. ``addresses`` are those it opens from, and ranges of them; none is
    everywhere.
    """

    public_id = models.CharField(max_length=40, unique=True)
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="keys")
    name = models.CharField(max_length=80)
    scopes = ArrayField(models.CharField(max_length=16))
    hint = models.CharField(max_length=16)
    token_hash = models.BinaryField(max_length=32, unique=True)
    made_by = models.ForeignKey(
        "people.Person", on_delete=models.PROTECT, null=True, related_name="+"
    )
    made_at = models.DateTimeField()
    refund_minor = models.BigIntegerField(null=True, blank=True)
    addresses = ArrayField(models.CharField(max_length=LONGEST_RANGE), default=list, blank=True)
    used_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(
        "people.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """A key opens something that is known."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(scopes__contained_by=KeyScope.values) & Q(scopes__len__gt=0),
                name="merchants_shopkey_scopes_known",
            ),
            models.CheckConstraint(
                condition=Q(refund_minor__isnull=True)
                | Q(refund_minor__gte=1, scopes__contains=[KeyScope.REFUNDS.value]),
                name="merchants_shopkey_limit_is_of_refunds",
            ),
            models.CheckConstraint(
                condition=Q(addresses__len__lte=MOST_RANGES),
                name="merchants_shopkey_addresses_few",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["shop", "-id"], name="merchants_shopkey_of_shop"),
        ]

    def __str__(self) -> str:
        """Show what may be shown."""
        return f"{self.name} {self.hint}"


class ShopCall(models.Model):
    """One call that a program made with a shop's key: a line of the shop's request log.

    Never what was sent or answered; ``at`` is the wall clock's. Kept for a week.
    """

    shop = models.ForeignKey(Shop, on_delete=models.CASCADE, related_name="+")
    key = models.ForeignKey(ShopKey, on_delete=models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField()
    method = models.CharField(max_length=8)
    path = models.CharField(max_length=200)
    http_status = models.PositiveSmallIntegerField()
    took_ms = models.PositiveIntegerField()
    request_id = models.CharField(max_length=64)

    class Meta:
        """An answer has a status; old lines are found at once."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(http_status__gte=100, http_status__lte=599),
                name="merchants_shopcall_status_is_one",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["shop", "-id"], name="merchants_shopcall_of_shop"),
            models.Index(fields=["at"], name="merchants_shopcall_by_age"),
        ]

    def __str__(self) -> str:
        """Say what was called and what came of it."""
        return f"{self.method} {self.path} {self.http_status}"
