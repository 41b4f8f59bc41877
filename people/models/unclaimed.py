"""Numbers that nobody has signed in with yet, and who was invited to."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from people.models.parties import Party


class UnclaimedNumber(models.Model):
    """A party that stands for a phone number until its owner signs in and takes it over.

    So money can be sent to somebody who is not here yet, and it, the conversation and the bubble
    are theirs from the first moment.
    """

    party = models.OneToOneField(Party, on_delete=models.PROTECT, related_name="unclaimed_number")
    phone = models.CharField(max_length=16)
    created_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True)

    class Meta:
        """One party waits for each number."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["phone"],
                condition=Q(taken_at__isnull=True),
                name="people_unclaimednumber_one_waits",
            ),
            models.CheckConstraint(
                condition=Q(phone__regex=r"^\+[1-9][0-9]{6,14}$"),
                name="people_unclaimednumber_phone_e164",
            ),
        ]

    def __str__(self) -> str:
        """Show the last digits only."""
        return f"…{self.phone[-4:]}"


class Invitation(models.Model):
    """A message that invites a number, once for each reason; written before it is sent."""

    reference = models.CharField(max_length=40, unique=True)
    phone = models.CharField(max_length=16)
    text = models.CharField(max_length=400)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        """A number in its one form; what was sent to it is found by it."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(phone__regex=r"^\+[1-9][0-9]{6,14}$"),
                name="people_invitation_phone_e164",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["phone", "-id"], name="people_invitation_of_phone")
        ]

    def __str__(self) -> str:
        """Name what it is about."""
        return self.reference
