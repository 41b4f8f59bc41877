"""Reading limits: which rules apply to a party now, and how much of each is left."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from payments.enums import LimitMeasure, LimitSide
from payments.limits import window_key
from payments.models import FeeRule, LimitRule, LimitUsage
from payments.queries.countries import CountryFacts


@dataclass(frozen=True, slots=True)
class LimitFacts:
    """One limit of a party in the window of the moment.

    Attributes:
        kind: The kind of payment it applies to.
        name: The rule's name.
        side: ``sent`` or ``received``.
        window: Over what time it counts.
        measure: ``amount`` for minor units, ``count`` for payments.
        limit: The rule's value.
        left: How much may still be used in this window.
        currency: Of amounts.
    """

    kind: str
    name: str
    side: str
    window: str
    measure: str
    limit: int
    left: int
    currency: str


@dataclass(frozen=True, slots=True)
class RuleInForce:
    """A rule that applies at a moment, with the window the moment falls into."""

    rule: LimitRule
    window_key: str


def rules_in_force(
    country: CountryFacts, kinds: Sequence[str], moment: datetime
) -> list[RuleInForce]:
    """Return the rules of a country for some kinds of payment at a moment, in one query."""
    rules = LimitRule.objects.filter(country=country.iso2, kind__in=kinds).order_by("id")
    keyed = [(rule, window_key(rule.window, moment, country.timezone)) for rule in rules]
    return [RuleInForce(rule, key) for rule, key in keyed if key is not None]


def limits_left(
    *, party_id: int, country: CountryFacts, kinds: Sequence[str], moment: datetime
) -> list[LimitFacts]:
    """Return every limit of a party that applies at a moment, in two queries.

    Args:
        party_id: Whose limits.
        country: The party's country.
        kinds: Kinds of payment.
        moment: The business moment.
    """
    in_force = rules_in_force(country, kinds, moment)
    usages = LimitUsage.objects.filter(
        party_id=party_id, rule_id__in=[each.rule.id for each in in_force]
    )
    used = {(usage.rule_id, usage.window_key): usage.used for usage in usages}
    return [
        LimitFacts(
            kind=each.rule.kind,
            name=each.rule.name,
            side=each.rule.side,
            window=each.rule.window,
            measure=each.rule.measure,
            limit=each.rule.value,
            left=max(0, each.rule.value - used.get((each.rule.id, each.window_key), 0)),
            currency=each.rule.currency,
        )
        for each in in_force
    ]


def first_passed(limits: Sequence[LimitFacts], side: LimitSide, amount_minor: int) -> str | None:
    """Return the name of the first limit that a payment would pass, or None.

    Args:
        limits: What ``limits_left`` returned.
        side: Look at what is sent, or at what is received.
        amount_minor: The payment's amount.
    """
    for each in limits:
        asked = 1 if each.measure == LimitMeasure.COUNT else amount_minor
        if each.side == side and asked > each.left:
            return each.name
    return None


def fee_basis_points(country: str, kind: str) -> int:
    """Return what a payment costs its payee, in basis points; 0 where no price is set."""
    found = FeeRule.objects.filter(country=country, kind=kind).first()
    return found.basis_points if found else 0
