"""Somebody asked into a shop's team, who has not come yet."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from merchants.enums import Role
from merchants.models.shops import Shop


class TeamInvite(models.Model):
    """A link that lets one number into a shop's team, once, for some days.

    The link's token is kept as a hash; whoever follows it also has to show that the number is
    theirs, so a link that went astray opens nothing.
    """

    public_id = models.CharField(max_length=40, unique=True)
    shop = models.ForeignKey(Shop, on_delete=models.PROTECT, related_name="invites")
    phone = models.CharField(max_length=16)
    role = models.CharField(max_length=16, choices=Role.choices)
    token_hash = models.BinaryField(max_length=32, unique=True)
    made_by = models.ForeignKey(
        "people.Person", on_delete=models.PROTECT, null=True, related_name="+"
    )
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_by = models.ForeignKey(
        "people.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    accepted_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """One open invitation of a number to a shop; it ends one way."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["shop", "phone"],
                condition=Q(accepted_at__isnull=True, withdrawn_at__isnull=True),
                name="merchants_teaminvite_one_open",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True) | Q(withdrawn_at__isnull=True),
                name="merchants_teaminvite_ends_one_way",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True, accepted_by__isnull=True)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="merchants_teaminvite_accepted_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(role__in=Role.values), name="merchants_teaminvite_role_known"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("made_at")), name="merchants_teaminvite_lasts"
            ),
        ]

    def __str__(self) -> str:
        """Show the end of the number and the role."""
        return f"…{self.phone[-4:]} {self.role}"
