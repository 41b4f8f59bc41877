"""How much a party may still find out about others."""

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


class AnswerBucket(models.Model):
    """What a party may still ask about what another can receive; kept while it is not full."""

    party = models.ForeignKey(
        "people.Party", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    about = models.ForeignKey(
        "people.Party", on_delete=models.CASCADE, related_name="+", db_index=False
    )
    milli_tokens = models.IntegerField()
    filled_at = models.DateTimeField()

    class Meta:
        """One for each pair; never less than nothing, never more than full."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["party", "about"], name="people_answerbucket_one_per_pair"
            ),
            models.CheckConstraint(
                condition=Q(milli_tokens__gte=0, milli_tokens__lte=100_000),
                name="people_answerbucket_between_empty_and_full",
            ),
        ]

    def __str__(self) -> str:
        """Say how full it is."""
        return f"{self.milli_tokens} thousandths"
