"""What somebody of the team keeps of the lists they look at every day."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Lower

from merchants.models.shops import Shop


class SavedView(models.Model):
    """A list's filters under a name: what stood in the address after the question mark."""

    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    list_name = models.CharField(max_length=24)
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=500)
    created_at = models.DateTimeField()

    class Meta:
        """A name means one view of one person's list, however it is written."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                "shop",
                "person",
                "list_name",
                Lower("name"),
                name="merchants_savedview_one_per_name",
            ),
        ]

    def __str__(self) -> str:
        """Name the view."""
        return f"{self.list_name}: {self.name}"
