"""The shapes that many calls share: strict bodies, money and moments."""

import re
from datetime import UTC, datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.errors import AmountInvalid, TextInvalid, UnknownField
from core.money import MAX_MINOR, Money

# What begins another direction of writing, or ends it: Unicode Standard Annex #9, 2.1 to 2.5.
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")


class StrictSerializer(serializers.Serializer[Any]):
    """A serializer that refuses fields it does not know."""

    def to_internal_value(self, data: Any) -> Any:
        """Check that there is no unknown field, then the rest.

        Raises:
            UnknownField: The body has one; its name is in the problem.
        """
        if isinstance(data, dict):
            unknown = sorted(set(data) - set(self.fields))
            if unknown:
                raise UnknownField(fields=unknown)
        return super().to_internal_value(data)


@extend_schema_field(
    {
        "type": "object",
        "required": ["amount_minor", "currency"],
        "properties": {
            "amount_minor": {"type": "integer", "format": "int64", "minimum": 1, "example": 2500},
            "currency": {"type": "string", "pattern": "^[A-Z]{3}$", "example": "BRL"},
        },
        "additionalProperties": False,
    }
)
class MoneyIn(serializers.Field[Any, Any, Any, Any]):
    """A positive amount: ``{"amount_minor": 1250, "currency": "BRL"}``; never rounded."""

    def to_internal_value(self, data: Any) -> Money:
        """Return the amount.

        Raises:
            UnknownField: There is a third field.
            AmountInvalid: It is not a whole, positive number that fits a bigint.
        """
        if not isinstance(data, dict):
            raise AmountInvalid
        unknown = sorted(set(data) - {"amount_minor", "currency"})
        if unknown:
            raise UnknownField(fields=unknown)
        amount, currency = data.get("amount_minor"), data.get("currency")
        if isinstance(amount, bool) or not isinstance(amount, int):
            raise AmountInvalid
        if not 1 <= amount <= MAX_MINOR:
            raise AmountInvalid
        if not isinstance(currency, str) or not re.fullmatch("[A-Z]{3}", currency):
            raise AmountInvalid
        return Money(amount, currency)

    def to_representation(self, value: Any) -> Any:
        """Return the amount as JSON."""
        return money_out(value)


@extend_schema_field(
    {
        "type": "object",
        "required": ["amount_minor", "currency"],
        "properties": {
            "amount_minor": {"type": "integer", "format": "int64", "example": 2500},
            "currency": {"type": "string", "example": "BRL"},
        },
    }
)
class MoneyOut(serializers.Field[Any, Any, Any, Any]):
    """An amount in an answer; zero and negative amounts are possible."""

    def to_representation(self, value: Any) -> Any:
        """Return the amount as JSON; a ready dictionary passes."""
        return money_out(value) if isinstance(value, Money) else value


class WordsIn(serializers.CharField):
    """Words from one person to another, which stand beside an amount and turn none of it round."""

    def to_internal_value(self, data: Any) -> str:
        """Return the words.

        Raises:
            TextInvalid: They hold a mark that turns the direction of writing.
        """
        words = str(super().to_internal_value(data))
        if _TURNS.search(words):
            raise TextInvalid
        return words


def money_out(money: Money) -> dict[str, Any]:
    """Return an amount as it stands in every answer."""
    return {"amount_minor": money.amount_minor, "currency": money.currency}


def moment_out(moment: datetime | None) -> str | None:
    """Return a moment as RFC 3339 in UTC with milliseconds, or None."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
