"""Parties chat, pay and are paid; persons sign in and act for a party."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import F, Q

from people.enums import PartyKind
from people.phones import shown_phone


class Party(models.Model):
    """Whoever can chat, pay and be paid: a person or a business.

    A business with ``closed_at`` is paid nothing more; ``people.services.parties`` closes it.
    """

    public_id = models.CharField(max_length=40, unique=True)
    kind = models.CharField(max_length=10, choices=PartyKind.choices)
    display_name = models.CharField(max_length=80)
    country = models.CharField(max_length=2)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """What always holds of a party."""

        verbose_name_plural = "parties"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind__in=PartyKind.values), name="people_party_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(country__regex=r"^[A-Z]{2}$"), name="people_party_country_iso2"
            ),
            models.CheckConstraint(
                condition=~Q(display_name=""), name="people_party_display_name_given"
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(kind=PartyKind.BUSINESS),
                name="people_party_only_a_business_closes",
            ),
        ]

    def __str__(self) -> str:
        """Name the party as others see it."""
        return self.display_name


class PersonManager(BaseUserManager["Person"]):
    """Finds persons by login; services make them."""


class Person(AbstractBaseUser, PermissionsMixin):
    """Someone who signs in: by phone, or by login, password and a second factor.

    Consumers have their phone number as login and no usable password. Staff of the operator
    may have no party: they neither chat nor pay.
    """

    party = models.OneToOneField(
        Party, on_delete=models.PROTECT, null=True, blank=True, related_name="person"
    )
    login = models.CharField(max_length=64, unique=True)
    phone = models.CharField(max_length=16, unique=True, null=True, blank=True)
    locale = models.CharField(max_length=10, default="en")
    is_staff = models.BooleanField(default=False)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    objects = PersonManager()

    USERNAME_FIELD = "login"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        """What always holds of a person."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(phone__isnull=True) | Q(phone__regex=r"^\+[1-9][0-9]{6,14}$"),
                name="people_person_phone_e164",
            ),
            models.CheckConstraint(
                condition=Q(party__isnull=False) | Q(is_staff=True),
                name="people_person_party_unless_staff",
            ),
        ]

    def __str__(self) -> str:
        """Name the person by login; of a phone number only the end is shown."""
        return shown_phone(self.login) if self.login.startswith("+") else self.login


class Block(models.Model):
    """One party wants to hear nothing from another."""

    blocker = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="blocks_made")
    blocked = models.ForeignKey(Party, on_delete=models.PROTECT, related_name="blocks_suffered")
    created_at = models.DateTimeField()

    class Meta:
        """Once for each pair, and never of oneself."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["blocker", "blocked"], name="people_block_once_for_a_pair"
            ),
            models.CheckConstraint(
                condition=~Q(blocker=F("blocked")), name="people_block_not_of_oneself"
            ),
        ]

    def __str__(self) -> str:
        """Name both."""
        return f"{self.blocker_id} blocks {self.blocked_id}"
