"""Keys with which programs act for a shop."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from merchants.enums import KeyScope
from merchants.models.shops import Shop


class ShopKey(models.Model):
    """A key of a shop: shown once, kept as a hash, ended at once.

    ``hint`` is what of it may be shown again; ``used_at`` is the wall clock's, at most a minute
    old.
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
    used_at = models.DateTimeField(null=True, blank=True)
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
        ]
        indexes: ClassVar = [
            models.Index(fields=["shop", "-id"], name="merchants_shopkey_of_shop"),
        ]

    def __str__(self) -> str:
        """Show what may be shown."""
        return f"{self.name} {self.hint}"
