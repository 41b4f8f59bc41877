"""Pictures of what a shop sells."""

from typing import ClassVar

from django.db import models
from django.db.models import Deferrable, Q

from merchants.models.shops import Shop


class ProductPicture(models.Model):
    """One picture of a thing: it belongs to the handle, so all variants of the thing share it.

    The first by ``position`` is the cover. The bytes lie in the vault of files as ``media``;
    ``source`` is the address that they were fetched from, where a file of products named one, so
    that the same file read again changes nothing.
    """

    public_id = models.CharField(max_length=40, unique=True)
    shop = models.ForeignKey(
        Shop, on_delete=models.PROTECT, related_name="pictures", db_index=False
    )
    handle = models.CharField(max_length=80)
    media = models.ForeignKey("messaging.MediaFile", on_delete=models.PROTECT, related_name="+")
    position = models.PositiveIntegerField()
    alt = models.CharField(max_length=300, default="", blank=True)
    source = models.CharField(max_length=1000, default="", blank=True)
    created_at = models.DateTimeField()

    class Meta:
        """Each place is taken once; a picture is of something."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["shop", "handle", "position"],
                name="merchants_productpicture_place_once",
                deferrable=Deferrable.DEFERRED,
            ),
            models.CheckConstraint(
                condition=~Q(handle=""), name="merchants_productpicture_of_something"
            ),
        ]

    def __str__(self) -> str:
        """Name the picture."""
        return f"{self.handle} {self.public_id}"
