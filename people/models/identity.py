"""Legal identity and accepted terms."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from people.enums import Terms, Tier
from people.models.parties import Party, Person
from people.names import mask_legal_name


class Identity(models.Model):
    """Who a party is before the law; a business has one too, without a birth date."""

    party = models.OneToOneField(Party, on_delete=models.PROTECT, related_name="identity")
    legal_name = models.CharField(max_length=140)
    tax_id = models.CharField(max_length=30)
    birth_date = models.DateField(null=True)
    country = models.CharField(max_length=2)
    tier = models.CharField(max_length=20, choices=Tier.choices)
    verified_at = models.DateTimeField()

    class Meta:
        """A tax id belongs to one party of its country."""

        verbose_name_plural = "identities"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["country", "tax_id"], name="people_identity_tax_id_once_in_a_country"
            ),
            models.CheckConstraint(
                condition=Q(tax_id__regex=r"^[0-9A-Z]{4,30}$"),
                name="people_identity_tax_id_plain",
            ),
            models.CheckConstraint(
                condition=Q(tier__in=Tier.values), name="people_identity_tier_known"
            ),
        ]

    def __str__(self) -> str:
        """Name the party by law; of a person, who has a birth date, the surnames are hidden."""
        return mask_legal_name(self.legal_name) if self.birth_date else self.legal_name


class TermsAcceptance(models.Model):
    """A person accepted one set of terms, once."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="terms_accepted")
    terms = models.CharField(max_length=20, choices=Terms.choices)
    accepted_at = models.DateTimeField()

    class Meta:
        """Once for each set of terms."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "terms"], name="people_termsacceptance_once"),
            models.CheckConstraint(
                condition=Q(terms__in=Terms.values), name="people_termsacceptance_terms_known"
            ),
        ]

    def __str__(self) -> str:
        """Name the terms."""
        return self.terms
