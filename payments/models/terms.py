"""How long a country gives a dispute, and above which amount staff are two."""

from typing import ClassVar

from django.db import models
from django.db.models import Q


class CaseTerms(models.Model):
    """The clocks of disputes and the threshold of four eyes, for one country.

    The defaults are Brazil's: a fraud is reported within 80 days, analysed in 7 and returned
    within 96 hours; money may be blocked as a precaution for 72. Source: the Central Bank of
    Brazil's special return mechanism (Resolução BCB 103/2021), as taken up in domain.md.

    ``chargeback_days`` is how long after the shop's answer an issuer may still give a chargeback
    back; the card schemes answer a second presentment within 45.
    """

    country = models.CharField(max_length=2, unique=True)
    four_eyes_above_minor = models.BigIntegerField(default=500_00)
    report_days = models.SmallIntegerField(default=80)
    answer_days = models.SmallIntegerField(default=7)
    analysis_days = models.SmallIntegerField(default=7)
    return_hours = models.SmallIntegerField(default=96)
    block_hours = models.SmallIntegerField(default=72)
    chase_days = models.SmallIntegerField(default=90)
    chargeback_days = models.SmallIntegerField(default=45, db_default=45)

    class Meta:
        """Every clock runs forward."""

        verbose_name_plural = "case terms"
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(
                    four_eyes_above_minor__gte=0,
                    report_days__gt=0,
                    answer_days__gt=0,
                    analysis_days__gt=0,
                    return_hours__gt=0,
                    block_hours__gt=0,
                    chase_days__gte=0,
                    chargeback_days__gt=0,
                ),
                name="payments_caseterms_run_forward",
            ),
        ]

    def __str__(self) -> str:
        """Name the country."""
        return self.country
