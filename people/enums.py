"""Codes of this app: never words for people."""

from typing import Final

from django.db import models


class PartyKind(models.TextChoices):
    """Who a party is."""

    PERSON = "person"
    BUSINESS = "business"


class ProofMethod(models.TextChoices):
    """By what a person proved that it is them."""

    PIN = "pin"
    PASSKEY = "passkey"


class ChallengePurpose(models.TextChoices):
    """What a challenge may be used for."""

    PIN = "pin"
    UNFREEZE = "unfreeze"
    GOING_OUT = "going_out"
    PASSKEY = "passkey"
    RECOVERY = "recovery"
    DURESS = "duress"
    DEVICE_REMOVAL = "device_removal"
    PORTAL_ACT = "portal_act"


ASKED_BY_APPS: Final = tuple(
    each for each in ChallengePurpose if each != ChallengePurpose.PORTAL_ACT
)
"""What an app may open a challenge for; the portal asks for its own."""


class RecoveryEnd(models.TextChoices):
    """How the recovery of a PIN ended."""

    USED = "used"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class FrozenBy(models.TextChoices):
    """Who froze a person's payments; only they lift it."""

    PERSON = "person"
    STAFF = "staff"


class Tier(models.TextChoices):
    """How well an identity was checked; limits go by it."""

    BASIC = "basic"


class Terms(models.TextChoices):
    """The terms that a person accepts before paying."""

    PAYMENTS = "payments"
    PRIVACY = "privacy"


class ApprovalState(models.TextChoices):
    """How a request for a colleague's approval stands; only ``waiting`` moves."""

    WAITING = "waiting"
    EXECUTED = "executed"
    DECLINED = "declined"
    STALE = "stale"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
