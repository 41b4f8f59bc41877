"""Where Troco may move money: countries, what they are open for, and why or why not."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from payments.enums import Capability, CapabilityState, HoldLevel


class Country(models.Model):
    """A country Troco serves or plans to serve.

    ``holds_funds`` says whether the operator's licence there lets it keep customers' money;
    in Brazil a payment initiator may not (ruling 1). ``checked_at`` is when the conditions were
    last looked at, in wall-clock time, because it tells whether the clock process lives.
    ``enrolled_count`` is exact: who enrols adds to it in the same commit.
    ``duress_minor`` is the most that somebody can send who pays under duress, all together.
    ``claim_hours`` is how long money waits for a payee who has not enrolled.
    """

    iso2 = models.CharField(max_length=2, unique=True)
    name = models.CharField(max_length=80)
    currency = models.CharField(max_length=3)
    timezone = models.CharField(max_length=64)
    min_live_banks = models.SmallIntegerField(default=2)
    holds_funds = models.BooleanField(default=False)
    checked_at = models.DateTimeField(null=True, blank=True)
    enrolled_count = models.BigIntegerField(default=0)
    claim_hours = models.SmallIntegerField(default=48)
    duress_minor = models.BigIntegerField(default=50_00)
    created_at = models.DateTimeField()

    class Meta:
        """Codes are in capitals, and a country needs at least one bank."""

        verbose_name_plural = "countries"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(iso2__regex=r"^[A-Z]{2}$"), name="payments_country_iso2_two_capitals"
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"), name="payments_country_currency_iso4217"
            ),
            models.CheckConstraint(
                condition=Q(min_live_banks__gte=1), name="payments_country_needs_a_bank"
            ),
            models.CheckConstraint(
                condition=Q(claim_hours__gte=1), name="payments_country_claims_take_time"
            ),
            models.CheckConstraint(
                condition=Q(duress_minor__gte=0), name="payments_country_duress_not_negative"
            ),
        ]

    def __str__(self) -> str:
        """Name the country."""
        return f"{self.name} ({self.iso2})"


class AvailabilityCheck(models.Model):
    """One answer of the availability rule, with what it looked at. Append-only.

    A row is written when the answer changes, when an hour has passed, and as the evidence of
    an opening.
    """

    country = models.ForeignKey(Country, on_delete=models.PROTECT, related_name="+")
    capability = models.CharField(max_length=32, choices=Capability.choices)
    at = models.DateTimeField()
    is_open = models.BooleanField()
    has_evidence = models.BooleanField()
    reasons = models.JSONField(default=list)
    inputs = models.JSONField(default=dict)

    class Meta:
        """The newest check of a capability is found at once."""

        indexes: ClassVar = [
            models.Index(
                fields=["country", "capability", "-id"], name="payments_check_newest_first"
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(is_open=False) | Q(has_evidence=True),
                name="payments_availabilitycheck_open_has_evidence",
            ),
        ]

    def __str__(self) -> str:
        """Name the capability and the answer."""
        answer = "open" if self.is_open else "closed"
        return f"{self.capability} at {self.at:%Y-%m-%d %H:%M} UTC: {answer}"


class CountryCapability(models.Model):
    """Whether a country is open for one kind of business.

    New payments take a share of it and a hold takes it alone (``payments_share_v1``), so a
    payment is either entirely before a hold or sees it. A person opens, with evidence: the
    check that found every condition met. The database refuses an open row without both.
    """

    country = models.ForeignKey(Country, on_delete=models.PROTECT, related_name="capabilities")
    capability = models.CharField(max_length=32, choices=Capability.choices)
    state = models.CharField(
        max_length=16, choices=CapabilityState.choices, default=CapabilityState.PLANNED
    )
    since_at = models.DateTimeField()
    evidence = models.ForeignKey(
        AvailabilityCheck, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    opened_by = models.ForeignKey(
        "people.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        """One row for each capability of a country; open only with evidence and a person."""

        verbose_name_plural = "country capabilities"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["country", "capability"], name="payments_countrycapability_once"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["open", "degraded"])
                | (Q(evidence__isnull=False) & Q(opened_by__isnull=False)),
                name="payments_countrycapability_open_needs_evidence",
            ),
        ]

    def __str__(self) -> str:
        """Name the capability and its state."""
        return f"{self.country_id} {self.capability}: {self.state}"


class CapabilityMove(models.Model):
    """One change of a capability's state: append-only history."""

    capability = models.ForeignKey(
        CountryCapability, on_delete=models.PROTECT, related_name="moves"
    )
    from_state = models.CharField(max_length=16, choices=CapabilityState.choices)
    to_state = models.CharField(max_length=16, choices=CapabilityState.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(
        "people.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.TextField()

    class Meta:
        """A move changes something."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(from_state=F("to_state")), name="payments_capabilitymove_changes"
            ),
        ]

    def __str__(self) -> str:
        """Say the move."""
        return f"{self.from_state} → {self.to_state}"


class RegulatorClearance(models.Model):
    """A regulator's word that a business may be done, with its conditions.

    ``capability`` empty means every capability of the country. The clearance counts from
    ``valid_from`` or from the end of the notice, whichever is later.
    """

    country = models.ForeignKey(Country, on_delete=models.PROTECT, related_name="clearances")
    capability = models.CharField(max_length=32, choices=Capability.choices, blank=True, default="")
    scheme = models.CharField(max_length=80)
    instrument = models.CharField(max_length=160)
    valid_from_date = models.DateField()
    valid_to_date = models.DateField(null=True, blank=True)
    notified_date = models.DateField(null=True, blank=True)
    notice_days = models.SmallIntegerField(default=0)
    max_users = models.BigIntegerField(null=True, blank=True)
    conditions = models.TextField(blank=True, default="")
    evidence = models.TextField()
    recorded_at = models.DateTimeField()

    class Meta:
        """A clearance ends after it begins, and a notice has a day it was given."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(valid_to_date__isnull=True)
                | Q(valid_to_date__gte=F("valid_from_date")),
                name="payments_regulatorclearance_ends_after_start",
            ),
            models.CheckConstraint(
                condition=Q(notice_days=0)
                | (Q(notice_days__gt=0) & Q(notified_date__isnull=False)),
                name="payments_regulatorclearance_notice_was_given",
            ),
        ]

    def __str__(self) -> str:
        """Name the instrument."""
        return self.instrument


class RegulatorHold(models.Model):
    """An order to stop, in force from the commit that wrote it until two people lift it.

    It covers a country, or one bank or one party of it; ``capability`` empty means every
    capability. ``starts_at`` is the business moment an order names for its beginning; empty, as it
    mostly is, it is in force at once. The order itself, the paper, is kept with its hash.
    """

    public_id = models.CharField(max_length=32, unique=True)
    country = models.ForeignKey(Country, on_delete=models.PROTECT, related_name="holds")
    capability = models.CharField(max_length=32, choices=Capability.choices, blank=True, default="")
    bank = models.ForeignKey(
        "payments.Bank", on_delete=models.PROTECT, null=True, blank=True, related_name="holds"
    )
    party_id = models.BigIntegerField(null=True, blank=True)
    level = models.CharField(max_length=16, choices=HoldLevel.choices)
    reason = models.TextField()
    legal_reference = models.CharField(max_length=200)
    document = models.BinaryField(null=True, blank=True)
    document_name = models.CharField(max_length=120, blank=True, default="")
    document_sha256 = models.CharField(max_length=64, blank=True, default="")
    imposed_by = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    imposed_at = models.DateTimeField()
    starts_at = models.DateTimeField(null=True, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """Standing holds are found at once, and a hold has one scope and a whole document."""

        indexes: ClassVar = [
            models.Index(
                fields=["country", "capability"],
                name="payments_hold_standing",
                condition=Q(lifted_at__isnull=True),
            ),
            models.Index(
                fields=["party_id"],
                name="payments_hold_of_party",
                condition=Q(lifted_at__isnull=True, party_id__isnull=False),
            ),
            models.Index(
                fields=["bank"],
                name="payments_hold_of_bank",
                condition=Q(lifted_at__isnull=True, bank__isnull=False),
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(bank__isnull=True) | Q(party_id__isnull=True),
                name="payments_regulatorhold_one_scope",
            ),
            models.CheckConstraint(
                condition=Q(document__isnull=True, document_name="", document_sha256="")
                | (
                    Q(document__isnull=False)
                    & ~Q(document_name="")
                    & Q(document_sha256__regex=r"^[0-9a-f]{64}$")
                ),
                name="payments_regulatorhold_document_whole",
            ),
        ]

    def __str__(self) -> str:
        """Name the hold and its scope."""
        return f"{self.public_id} {self.level} {self.capability or 'all'}"


class HoldLift(models.Model):
    """One person's approval of lifting a hold; two different people are needed."""

    hold = models.ForeignKey(RegulatorHold, on_delete=models.PROTECT, related_name="lifts")
    ordinal = models.SmallIntegerField()
    by = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    reason = models.TextField()

    class Meta:
        """The first and the second are different people, and there is no third."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["hold", "by"], name="payments_holdlift_two_people"),
            models.UniqueConstraint(
                fields=["hold", "ordinal"], name="payments_holdlift_one_of_each"
            ),
            models.CheckConstraint(
                condition=Q(ordinal__in=[1, 2]), name="payments_holdlift_first_or_second"
            ),
        ]

    def __str__(self) -> str:
        """Say which approval this is."""
        return f"{self.ordinal} of 2"


class WaitlistEntry(models.Model):
    """Somebody who wants to hear when a country opens: a phone number, nothing else."""

    country = models.ForeignKey(Country, on_delete=models.PROTECT, related_name="+")
    phone = models.CharField(max_length=16)
    created_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        """One entry for each number and country; those not told yet are found at once."""

        verbose_name_plural = "waitlist entries"
        indexes: ClassVar = [
            models.Index(
                fields=["country", "id"],
                name="payments_waitlist_untold",
                condition=Q(told_at__isnull=True),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["country", "phone"], name="payments_waitlistentry_once"
            ),
            models.CheckConstraint(
                condition=Q(phone__regex=r"^\+[1-9][0-9]{6,14}$"),
                name="payments_waitlistentry_phone_e164",
            ),
        ]

    def __str__(self) -> str:
        """Show the last digits only."""
        return f"…{self.phone[-4:]}"


class DayOverride(models.Model):
    """A day on which banks of a country work, or rest, whatever the calendar library says."""

    country = models.ForeignKey(Country, on_delete=models.PROTECT, related_name="+")
    date = models.DateField()
    is_business_day = models.BooleanField()
    name = models.CharField(max_length=120)

    class Meta:
        """One word for each day."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["country", "date"], name="payments_dayoverride_once"),
        ]

    def __str__(self) -> str:
        """Name the day."""
        return f"{self.date} {self.name}"
