"""Shapes of funding sources and banks."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers

from core.api import StrictSerializer, moment_out
from payments.enums import SourceKind
from payments.models import FundingSource
from payments.queries import BankFacts


class FundingSourceIn(StrictSerializer):
    """An account or card, by the token that its bank's own page handed over."""

    kind = serializers.ChoiceField(choices=[each.value for each in SourceKind])
    bank = serializers.CharField(max_length=32, required=False, default="")
    token = serializers.CharField(max_length=128, required=False, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for bank and token, except of a balance, which has neither."""
        needs_bank = attrs["kind"] != SourceKind.BALANCE
        if needs_bank != bool(attrs["bank"]) or needs_bank != bool(attrs["token"]):
            raise serializers.ValidationError(_("A balance has no bank and token; the others do."))
        return attrs


class VerifyIn(StrictSerializer):
    """The code that the bank told its customer."""

    code = serializers.CharField(max_length=20)


class BankQueryIn(StrictSerializer):
    """Which country's banks."""

    country = serializers.RegexField(r"^[A-Z]{2}\Z")


class FundingSourceOut(serializers.Serializer[Any]):
    """A linked account or card."""

    id = serializers.CharField()
    kind = serializers.CharField()
    bank = serializers.CharField(allow_null=True)
    last4 = serializers.CharField()
    verified = serializers.BooleanField()
    is_default = serializers.BooleanField()
    created_at = serializers.CharField()


class FundingSourcesOut(serializers.Serializer[Any]):
    """Every linked account and card, newest first."""

    data = FundingSourceOut(many=True)  # type: ignore[assignment]  # A field of that name.
    next = serializers.CharField(allow_null=True)


class BankOut(serializers.Serializer[Any]):
    """A bank that an account can be linked from."""

    id = serializers.CharField()
    name = serializers.CharField()
    country = serializers.CharField()
    currency = serializers.CharField()
    is_healthy = serializers.BooleanField()


class BanksOut(serializers.Serializer[Any]):
    """A country's banks, by name."""

    data = BankOut(many=True)  # type: ignore[assignment]  # A field of that name.
    next = serializers.CharField(allow_null=True)


def funding_source_out(source: FundingSource) -> dict[str, Any]:
    """Return a funding source as JSON; its token stays here."""
    return {
        "id": source.public_id,
        "kind": source.kind,
        "bank": source.bank or None,
        "last4": source.last4,
        "verified": source.verified_at is not None,
        "is_default": source.is_default,
        "created_at": moment_out(source.created_at),
    }


def bank_out(bank: BankFacts) -> dict[str, Any]:
    """Return a bank as JSON."""
    return {
        "id": bank.slug,
        "name": bank.name,
        "country": bank.country,
        "currency": bank.currency,
        "is_healthy": bank.is_healthy,
    }
