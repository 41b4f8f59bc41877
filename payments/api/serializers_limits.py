"""Shapes of limits: what a person may send, why, and what they chose themselves."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from core.api import MoneyIn, MoneyOut, StrictSerializer, moment_out, money_out
from core.money import Money
from payments.enums import LimitMeasure
from payments.limits import NIGHT_ENDS_HOUR, RAISE_WAITS
from payments.models import LimitSettings
from payments.queries.limit_words import why
from payments.queries.limits import Limit, LimitFacts, is_out, night_begins
from people.api.serializers import ProofIn

MOST_PAYMENTS = 1_000_000


@extend_schema_field(
    {
        "oneOf": [
            {"type": "integer", "description": "A number of payments."},
            {
                "type": "object",
                "required": ["amount_minor", "currency"],
                "properties": {
                    "amount_minor": {"type": "integer", "format": "int64", "minimum": 1},
                    "currency": {"type": "string", "pattern": "^[A-Z]{3}$"},
                },
                "additionalProperties": False,
            },
        ]
    }
)
class MoneyOrCountIn(MoneyIn):
    """Money or a number of payments, as the limit is measured."""

    def to_internal_value(self, data: Any) -> Any:
        """Return a whole positive number as it is, and money as money.

        Raises:
            AmountInvalid: It is neither.
        """
        if isinstance(data, int) and not isinstance(data, bool) and 1 <= data <= MOST_PAYMENTS:
            return data
        return super().to_internal_value(data)


class LimitIn(StrictSerializer):
    """One limit to choose, or the hour at which the night begins."""

    kind = serializers.CharField(max_length=24, required=False)
    name = serializers.CharField(max_length=40, required=False)
    limit = MoneyOrCountIn(required=False, allow_null=True)
    night_begins = serializers.IntegerField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for all three of a limit, or for the hour alone."""
        if set(attrs) not in ({"kind", "name", "limit"}, {"night_begins"}):
            raise serializers.ValidationError(
                _("Send kind, name and limit; or night_begins alone.")
            )
        return attrs


class GoingOutIn(StrictSerializer):
    """Going-out mode: amounts and an end; or no end, with a proof, to end it now."""

    per_payment = MoneyIn(required=False)
    per_day = MoneyIn(required=False)
    until = serializers.DateTimeField(allow_null=True)
    challenge = serializers.CharField(max_length=40, required=False)
    proof = ProofIn(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask for amounts with an end, for a challenge and its proof without one."""
        given = set(attrs) - {"until"}
        if attrs["until"] is None and given != {"challenge", "proof"}:
            raise serializers.ValidationError(_("Ending it now takes a challenge and its proof."))
        if attrs["until"] is not None and not given <= {"per_payment", "per_day"}:
            raise serializers.ValidationError(_("A challenge and a proof only end it."))
        return attrs


class WhyOut(serializers.Serializer[Any]):
    """Why a limit is what it is: a stable code, and words in the caller's language."""

    code = serializers.CharField()
    detail = serializers.CharField()


class WaitingOut(serializers.Serializer[Any]):
    """A raise that waits; ``limit`` is null for the country's own."""

    limit = serializers.JSONField(allow_null=True)
    at = serializers.CharField()


class LimitOut(serializers.Serializer[Any]):
    """A limit: amounts are money, counts are whole numbers."""

    name = serializers.CharField()
    kind = serializers.CharField(help_text="A kind of payment, or `any` for all together.")
    side = serializers.CharField()
    window = serializers.CharField()
    limit = serializers.JSONField(help_text="What holds now.")
    used = serializers.JSONField()
    left = serializers.JSONField()
    most = serializers.JSONField(help_text="What the country's rule allows, or staff raised it to.")
    in_force = serializers.BooleanField(help_text="False for a night limit by day.")
    set_by = serializers.ChoiceField(choices=["country", "personal", "going_out", "staff"])
    why = WhyOut()
    source = serializers.CharField(  # type: ignore[assignment]  # A field of that name.
        help_text="Where the country's number comes from."
    )
    ends_at = serializers.CharField(allow_null=True, help_text="When it ends by itself.")
    waiting = WaitingOut(allow_null=True)


class NightOut(serializers.Serializer[Any]):
    """The hours of the person's night, in the country's time zone."""

    begins = serializers.IntegerField()
    ends = serializers.IntegerField()
    waiting_until = serializers.CharField(allow_null=True)


class GoingOutOut(serializers.Serializer[Any]):
    """Going-out mode as it is."""

    is_on = serializers.BooleanField()
    per_payment = MoneyOut(allow_null=True)
    per_day = MoneyOut(allow_null=True)
    until = serializers.CharField(allow_null=True)


class LimitsOut(serializers.Serializer[Any]):
    """Every limit of the caller."""

    data = LimitOut(many=True)  # type: ignore[assignment]  # A field of that name.
    next = serializers.CharField(allow_null=True)
    night = NightOut()
    going_out = GoingOutOut()
    raise_waits_seconds = serializers.IntegerField()


def limit_out(facts: LimitFacts) -> dict[str, Any]:
    """Return a limit as JSON."""
    rule = facts.rule
    word = why(rule)
    return {
        "name": rule.name,
        "kind": rule.kind,
        "side": rule.side,
        "window": rule.window,
        "limit": _value(rule, rule.cap),
        "used": _value(rule, facts.used),
        "left": _value(rule, facts.left),
        "most": _value(rule, rule.most),
        "in_force": rule.window_key is not None,
        "set_by": rule.set_by,
        "why": {"code": word.code, "detail": word.detail},
        "source": rule.source,
        "ends_at": moment_out(rule.ends_at),
        "waiting": _waiting(rule),
    }


def limits_out(
    limits: list[LimitFacts], settings: LimitSettings | None, currency: str, moment: datetime
) -> dict[str, Any]:
    """Return every limit of a person as JSON, with night and going-out mode."""
    late = settings.late_night_from if settings else None
    return {
        "data": [limit_out(limit) for limit in limits],
        "next": None,
        "night": {
            "begins": night_begins(late, moment),
            "ends": NIGHT_ENDS_HOUR,
            "waiting_until": moment_out(late if late and late > moment else None),
        },
        "going_out": going_out_out(settings, currency, moment),
        "raise_waits_seconds": int(RAISE_WAITS.total_seconds()),
    }


def going_out_out(
    settings: LimitSettings | None, currency: str, moment: datetime
) -> dict[str, Any]:
    """Return going-out mode as JSON."""
    if settings is None or not is_out(settings, moment):
        return {"is_on": False, "per_payment": None, "per_day": None, "until": None}
    return {
        "is_on": True,
        "per_payment": _money(settings.out_per_payment, currency),
        "per_day": _money(settings.out_per_day, currency),
        "until": moment_out(settings.out_until),
    }


def _value(rule: Limit, value: int) -> Any:
    is_count = rule.measure == LimitMeasure.COUNT
    return value if is_count else money_out(Money(value, rule.currency))


def _waiting(rule: Limit) -> dict[str, Any] | None:
    if rule.waiting is None:
        return None
    limit = None if rule.waiting.to is None else _value(rule, rule.waiting.to)
    return {"limit": limit, "at": moment_out(rule.waiting.at)}


def _money(value: int | None, currency: str) -> dict[str, Any] | None:
    return None if value is None else money_out(Money(value, currency))
