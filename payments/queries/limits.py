"""Reading limits: which rules apply to a party now, how much of each is left, and who set it.

What holds is the lowest of three: the country's rule for the party's tier, or for a time what two
of the staff set in its place; what the party chose for itself; and what going-out mode allows
while it is on. One query reads all of it, so that a payment pays one statement for knowing its
limits and one for counting against them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from core.prepared import ask
from payments.enums import ANY_KIND, LimitCondition, LimitMeasure, LimitSide, LimitWindow
from payments.limits import (
    LATE_NIGHT_BEGINS_HOUR,
    NIGHT_BEGINS_HOUR,
    window_key,
)
from payments.models import FeeRule, LimitSettings, LimitUsage
from payments.queries.countries import CountryFacts
from payments.queries.situation import decoded

COUNTRY = "country"
PERSONAL = "personal"
GOING_OUT = "going_out"
STAFF = "staff"
_MOMENTS = ("raised_from", "late_night_from", "out_from", "out_until", "decided_until")
_NOTHING_SET: Mapping[str, Any] = MappingProxyType(
    {
        **dict.fromkeys(_MOMENTS),
        "has_own": False,
        "own_value": None,
        "raised_to": None,
        "out_per_payment": None,
        "out_per_day": None,
        "decided_value": None,
        "decided_why": None,
    }
)


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose limits are asked about, and from what device.

    Attributes:
        payer_id: The party that sends.
        payer_tier: How well its identity was checked; empty for not at all.
        payee_tier: The same of the party that receives.
        ceiling_until: Until when its device sends no more than a new one may; None for a call
            that comes from no device.
        payee_id: The party that receives; None for one that looks at its own limits.
    """

    payer_id: int
    payer_tier: str = ""
    payee_tier: str = ""
    ceiling_until: datetime | None = None
    payee_id: int | None = None


@dataclass(frozen=True, slots=True)
class Raise:
    """A raise that waits: to how much, and from when on; None for the country's own rule."""

    to: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Decided:
    """What staff set for a party in place of the country's number, until when, and why."""

    value: int
    until: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit as it stands for a holder at a moment.

    Attributes:
        rule_id: The country's rule that it counts against.
        kind: The kind of payment it applies to, or ``any``.
        name: The rule's name.
        side: ``sent`` or ``received``.
        window: Over what time it counts.
        measure: ``amount`` for minor units, ``count`` for payments.
        condition: When it applies at all.
        cap: What holds now.
        most: What the country's rule allows, or staff raised it to; nobody can choose more.
        own_cap: What would hold if staff had lowered nothing.
        currency: Of amounts.
        source: Where the country's number comes from.
        set_by: ``country``, ``personal``, ``going_out`` or ``staff``: whose number holds.
        window_key: The window that the moment falls into; empty for a single payment, None
            when the rule does not apply at the moment.
        night_begins: The hour at which the holder's night begins.
        waiting: A raise that has not taken effect.
        ends_at: When the condition, or the number that staff set, ends by itself.
        decided: What staff set, while it is in force.
    """

    rule_id: int
    kind: str
    name: str
    side: str
    window: str
    measure: str
    condition: str
    cap: int
    most: int
    own_cap: int
    currency: str
    source: str
    set_by: str
    window_key: str | None
    night_begins: int
    waiting: Raise | None
    ends_at: datetime | None
    decided: Decided | None = None


@dataclass(frozen=True, slots=True)
class LimitFacts:
    """A limit and what a party has used of it in the window of the moment."""

    rule: Limit
    used: int

    @property
    def name(self) -> str:
        """The rule's name."""
        return self.rule.name

    @property
    def limit(self) -> int:
        """What holds now."""
        return self.rule.cap

    @property
    def left(self) -> int:
        """How much may still be used in this window."""
        return max(0, self.rule.cap - self.used)


def limits_of(
    holder: Holder, country: CountryFacts, kinds: Sequence[str], moment: datetime
) -> list[Limit]:
    """Return the limits of some kinds of payment for a holder, in one query.

    A night limit is told by day too, with no window. A limit under a condition is told only
    while the condition holds.
    """
    return _limits(read_rules(holder, country, kinds), holder, country, moment)


def read_rules(holder: Holder, country: CountryFacts, kinds: Sequence[str]) -> list[dict[str, Any]]:
    """Return the rules of some kinds of payment for a holder as they are kept, in one query."""
    row = ask(
        "SELECT limits_told_v1(%s::bigint, %s::bigint, %s::text, %s::text[], %s::text, %s::text)",
        [
            holder.payer_id,
            holder.payer_id if holder.payee_id is None else holder.payee_id,
            country.iso2,
            [*kinds, ANY_KIND],
            holder.payer_tier,
            holder.payee_tier,
        ],
    )
    return told_rules((decoded(row[0]) if row else None) or [])


def told_rules(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return rules that ``limits_told_v1`` told as JSON, whole and with their moments read."""
    return [_whole_rule(row) for row in rows]


def _whole_rule(told: dict[str, Any]) -> dict[str, Any]:
    """Return a rule with what it was told without: nobody chose or decided anything about it."""
    if "has_own" not in told:
        return {**_NOTHING_SET, **told}
    for name in _MOMENTS:
        told[name] = datetime.fromisoformat(told[name]) if told[name] else None
    return told


def rules_in_force(
    rows: Sequence[Mapping[str, Any]], holder: Holder, country: CountryFacts, moment: datetime
) -> list[Limit]:
    """Return the limits that apply at a moment, of rules that were read."""
    found = _limits(rows, holder, country, moment)
    return [limit for limit in found if limit.window_key is not None]


def limits_left(
    *, holder: Holder, country: CountryFacts, kinds: Sequence[str], moment: datetime
) -> list[LimitFacts]:
    """Return every limit of a party that applies at a moment, in two queries.

    Args:
        holder: Whose limits; it is both payer and payee here.
        country: The party's country.
        kinds: Kinds of payment.
        moment: The business moment.
    """
    rows = read_rules(holder, country, kinds)
    return usage_of(holder.payer_id, rules_in_force(rows, holder, country, moment))


def usage_of(party_id: int, limits: Sequence[Limit]) -> list[LimitFacts]:
    """Return limits with what a party has used of each, in one query."""
    usages = LimitUsage.objects.filter(
        party_id=party_id, rule_id__in=[limit.rule_id for limit in limits]
    )
    used = {(usage.rule_id, usage.window_key): usage.used for usage in usages}
    return [LimitFacts(each, used.get((each.rule_id, each.window_key or ""), 0)) for each in limits]


def first_passed(limits: Sequence[LimitFacts], side: LimitSide, amount_minor: int) -> Limit | None:
    """Return the first limit that a payment would pass, or None.

    Args:
        limits: What ``limits_left`` returned.
        side: Look at what is sent, or at what is received.
        amount_minor: The payment's amount.
    """
    for each in limits:
        asked = 1 if each.rule.measure == LimitMeasure.COUNT else amount_minor
        if each.rule.side == side and asked > each.left:
            return each.rule
    return None


def settings_of(party_id: int) -> LimitSettings | None:
    """Return how a party wants its limits to work, or None where it never said."""
    return LimitSettings.objects.filter(party_id=party_id).first()


def night_begins(late_night_from: datetime | None, moment: datetime) -> int:
    """Return the hour at which a party's night begins at a moment."""
    is_late = late_night_from is not None and late_night_from <= moment
    return LATE_NIGHT_BEGINS_HOUR if is_late else NIGHT_BEGINS_HOUR


def is_out(settings: LimitSettings | None, moment: datetime) -> bool:
    """Tell whether going-out mode is on."""
    return settings is not None and settings.out_until is not None and moment < settings.out_until


def fee_basis_points(country: str, kind: str) -> int:
    """Return what a payment costs its payee, in basis points; 0 where no price is set."""
    found = FeeRule.objects.filter(country=country, kind=kind).first()
    return found.basis_points if found else 0


def _limits(
    rows: Iterable[Mapping[str, Any]], holder: Holder, country: CountryFacts, moment: datetime
) -> list[Limit]:
    """Return what rules come to for a holder, in the order of their ids."""
    ordered = sorted(rows, key=lambda row: int(row["id"]))
    found = [_limit(row, holder, country, moment) for row in ordered]
    return [limit for limit in found if limit is not None]


def _limit(
    row: Mapping[str, Any], holder: Holder, country: CountryFacts, moment: datetime
) -> Limit | None:
    """Return what a row comes to, or None when its condition does not hold."""
    decided = decided_of(row, moment)
    holds, ends_at = _condition(row, holder, moment, decided)
    if not holds:
        return None
    begins = night_begins(row["late_night_from"], moment)
    most = row["value"] if decided is None else max(row["value"], decided.value)
    own_cap, set_by, waiting = _cap(row, most, moment)
    cap = own_cap
    if decided is not None and decided.value <= own_cap:
        cap, set_by, ends_at = decided.value, STAFF, decided.until
    return Limit(
        rule_id=row["id"],
        kind=row["kind"],
        name=row["name"],
        side=row["side"],
        window=row["window"],
        measure=row["measure"],
        condition=row["condition"],
        cap=cap,
        most=most,
        own_cap=own_cap,
        currency=row["currency"],
        source=row["source"],
        set_by=set_by,
        window_key=window_key(row["window"], moment, country.timezone, begins),
        night_begins=begins,
        waiting=waiting,
        ends_at=ends_at,
        decided=decided,
    )


def decided_of(row: Mapping[str, Any], moment: datetime) -> Decided | None:
    """Return what staff set, unless its time is over: it ends by the clock."""
    until: datetime | None = row["decided_until"]
    if until is None or until <= moment:
        return None
    return Decided(row["decided_value"], until, row["decided_why"])


def _condition(
    row: Mapping[str, Any], holder: Holder, moment: datetime, decided: Decided | None
) -> tuple[bool, datetime | None]:
    """Tell whether a rule's condition holds, and when it will end."""
    if row["condition"] == LimitCondition.NEW_DEVICE:
        until = holder.ceiling_until
        return until is not None and moment < until, until
    if row["condition"] == LimitCondition.GOING_OUT:
        until = row["out_until"]
        return until is not None and moment < until and _out_cap(row) is not None, until
    if row["condition"] == LimitCondition.DECIDED:
        return decided is not None, decided.until if decided else None
    return True, None


def _cap(row: Mapping[str, Any], most: int, moment: datetime) -> tuple[int, str, Raise | None]:
    """Return what country and party come to, who set it, and a raise that waits."""
    if row["condition"] == LimitCondition.GOING_OUT:
        return min(most, _out_cap(row) or 0), GOING_OUT, None
    if not row["has_own"]:
        return most, COUNTRY, None
    own: int | None = row["own_value"]
    waiting = None
    if row["raised_from"] is not None:
        waiting = Raise(row["raised_to"], row["raised_from"])
        if row["raised_from"] <= moment:
            own, waiting = row["raised_to"], None
    if own is None or own >= most:
        return most, COUNTRY, waiting
    return own, PERSONAL, waiting


def _out_cap(row: Mapping[str, Any]) -> int | None:
    """Return what was chosen for going-out mode: for a payment, or for a day."""
    column = "out_per_payment" if row["window"] == LimitWindow.PAYMENT else "out_per_day"
    chosen: int | None = row[column]
    return chosen
