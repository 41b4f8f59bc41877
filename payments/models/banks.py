"""Banks, the agreements with them, and whether their connectors answer."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from payments.enums import AgreementState, Capability
from payments.models.countries import Country


class Bank(models.Model):
    """A bank, known by a short name of ours and by its national id.

    The national id is text: Brazil's ISPB and CNPJ are becoming alphanumeric.
    """

    slug = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=120)
    country = models.ForeignKey(Country, on_delete=models.PROTECT, related_name="banks")
    currency = models.CharField(max_length=3)
    timezone = models.CharField(max_length=64)
    national_id = models.CharField(max_length=32)
    rail = models.CharField(max_length=32)
    created_at = models.DateTimeField()

    class Meta:
        """A national id names one bank of a country."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["country", "national_id"], name="payments_bank_national_id_once"
            ),
            models.CheckConstraint(
                condition=Q(slug__regex=r"^[a-z0-9][a-z0-9-]*$"), name="payments_bank_slug_plain"
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"), name="payments_bank_currency_iso4217"
            ),
        ]

    def __str__(self) -> str:
        """Name the bank."""
        return self.name


class BankAgreement(models.Model):
    """A contract with a bank: what it covers, from when to when, and who signed it.

    Only the hash of the document is kept here; the paper is the operator's.
    """

    public_id = models.CharField(max_length=32, unique=True)
    bank = models.ForeignKey(Bank, on_delete=models.PROTECT, related_name="agreements")
    state = models.CharField(
        max_length=16, choices=AgreementState.choices, default=AgreementState.DRAFT
    )
    valid_from_date = models.DateField()
    valid_to_date = models.DateField(null=True, blank=True)
    capabilities = ArrayField(models.CharField(max_length=32, choices=Capability.choices))
    document_sha256 = models.CharField(max_length=64, blank=True, default="")
    bank_signatory = models.CharField(max_length=120, blank=True, default="")
    operator_signatory = models.CharField(max_length=120, blank=True, default="")
    signed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        """One live agreement for each bank; nothing past a draft without two signatures."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["bank"],
                condition=Q(state="live"),
                name="payments_bankagreement_one_live",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "terminated"])
                | (
                    Q(signed_at__isnull=False)
                    & Q(document_sha256__regex=r"^[0-9a-f]{64}$")
                    & ~Q(bank_signatory="")
                    & ~Q(operator_signatory="")
                    & ~Q(bank_signatory=F("operator_signatory"))
                ),
                name="payments_bankagreement_two_signed",
            ),
            models.CheckConstraint(
                condition=Q(valid_to_date__isnull=True)
                | Q(valid_to_date__gte=F("valid_from_date")),
                name="payments_bankagreement_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        """Name the agreement."""
        return f"{self.public_id} {self.state}"


class AgreementMove(models.Model):
    """One change of an agreement's state: append-only history."""

    agreement = models.ForeignKey(BankAgreement, on_delete=models.PROTECT, related_name="moves")
    from_state = models.CharField(max_length=16, choices=AgreementState.choices)
    to_state = models.CharField(max_length=16, choices=AgreementState.choices)
    at = models.DateTimeField()
    by = models.ForeignKey(
        "people.Person", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.TextField()

    class Meta:
        """A move changes something."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(from_state=F("to_state")), name="payments_agreementmove_changes"
            ),
        ]

    def __str__(self) -> str:
        """Say the move."""
        return f"{self.from_state} → {self.to_state}"


class AgreementRail(models.Model):
    """How settlement files go to the bank under an agreement.

    ``cutoff`` is a time of day in ``timezone``; ``settlement_days`` counts business days from
    the cutoff's day to the day the money is booked. A batch above ``approval_above_minor``
    needs two people.
    """

    agreement = models.ForeignKey(BankAgreement, on_delete=models.PROTECT, related_name="rails")
    rail = models.CharField(max_length=32)
    cutoff = models.TimeField()
    timezone = models.CharField(max_length=64)
    settlement_days = models.SmallIntegerField(default=0)
    message_version = models.CharField(max_length=20, default="pain.001.001.09")
    instruction_limit_minor = models.BigIntegerField(null=True, blank=True)
    approval_above_minor = models.BigIntegerField()

    class Meta:
        """One row for each rail of an agreement, with limits that can be met."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agreement", "rail"], name="payments_agreementrail_once"
            ),
            models.CheckConstraint(
                condition=Q(settlement_days__gte=0) & Q(settlement_days__lte=60),
                name="payments_agreementrail_days_sensible",
            ),
            models.CheckConstraint(
                condition=Q(approval_above_minor__gte=0)
                & (Q(instruction_limit_minor__isnull=True) | Q(instruction_limit_minor__gt=0)),
                name="payments_agreementrail_limits_positive",
            ),
        ]

    def __str__(self) -> str:
        """Name the rail and its cutoff."""
        return f"{self.rail} at {self.cutoff} {self.timezone}"


class ConnectorHealth(models.Model):
    """Whether a bank's connector answers, with hysteresis so that it does not flap.

    ``bad_to_down`` bad probes in a row bring it down, ``good_to_up`` good ones bring it back.
    """

    bank = models.OneToOneField(Bank, on_delete=models.PROTECT, related_name="health")
    is_healthy = models.BooleanField(default=False)
    bad_streak = models.IntegerField(default=0)
    good_streak = models.IntegerField(default=0)
    bad_to_down = models.SmallIntegerField(default=3)
    good_to_up = models.SmallIntegerField(default=2)
    probed_at = models.DateTimeField(null=True, blank=True)
    changed_at = models.DateTimeField()
    last_error = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        """Streaks count up from zero."""

        verbose_name_plural = "connector health"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(bad_streak__gte=0) & Q(good_streak__gte=0),
                name="payments_connectorhealth_streaks_count",
            ),
            models.CheckConstraint(
                condition=Q(bad_to_down__gte=1) & Q(good_to_up__gte=1),
                name="payments_connectorhealth_thresholds",
            ),
        ]

    def __str__(self) -> str:
        """Say how it is."""
        return "healthy" if self.is_healthy else "down"
