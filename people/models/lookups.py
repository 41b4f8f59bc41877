"""How many numbers a party may still look up."""

from typing import ClassVar

from django.db import models
from django.db.models import Q


class LookupBucket(models.Model):
    """A party's bucket of tokens for finding people by number, in thousandths of a token.

    ``filled_at`` is wall time: the ration is politeness, not business. The level is the one of
    that moment; what has run in since is added when it is used next.
    """

    party = models.OneToOneField("people.Party", on_delete=models.PROTECT, related_name="+")
    milli_tokens = models.IntegerField()
    filled_at = models.DateTimeField()

    class Meta:
        """Never less than nothing, never more than full."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(milli_tokens__gte=0, milli_tokens__lte=100_000),
                name="people_lookupbucket_between_empty_and_full",
            ),
        ]

    def __str__(self) -> str:
        """Say how full it is."""
        return f"{self.milli_tokens} thousandths"
