"""What staff set for one party in place of its country's limit: asked by one, approved by another.

A shop that is looked into may be held to less for a week, a person who buys a car to more for a
day. It is a request like every other act of two people (``people.services.approvals``), holds for
whatever is authorised from its approval on, and ends by the clock: no process has to end it, so
none can forget it. What somebody chose for themselves below it still holds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import InputInvalid, NotFound, StateConflict
from core.events import publish
from core.transactions import joins, owns
from payments.enums import DecidedWhy, LimitCondition, LimitMeasure, LimitSide, PaymentKind
from payments.limits import LONGEST_DECISION, MOST_TIMES
from payments.models import LimitDecision
from payments.queries.countries import country_by_iso2
from payments.queries.limits import Holder, decided_of, read_rules
from people.models import Party
from people.queries import party_by_id
from people.services.approvals import Change, ask_approval
from people.services.audit import record

if TYPE_CHECKING:
    from people.models import ApprovalRequest, Person
    from people.queries import PartyFacts

ACTION = "limit.decide"
APPROVED_WITHIN = timedelta(days=3)
_DECIDABLE = (LimitCondition.ALWAYS, LimitCondition.DECIDED)


class DecisionTooHigh(InputInvalid):
    """More than staff may raise it to."""

    words = _("This is more than staff may set; the country's rule has to be changed instead.")


@dataclass(frozen=True, slots=True)
class Decision:
    """What staff want to hold.

    Attributes:
        kind: The kind of payment of the country's rule.
        name: The rule's name.
        value: Minor units or a number of payments, as the rule is measured; None for the usual
            limit again.
        until: When it ends by itself; None with ``value``.
        why: What the party is told.
    """

    kind: str
    name: str
    value: int | None
    until: datetime | None = None
    why: DecidedWhy = DecidedWhy.SAFETY


def decidable_rules(party: "PartyFacts") -> list[dict[str, Any]]:
    """Return the rules that staff may decide about for a party, as they stand; one query.

    A person is held to what it sends and receives from others, a shop to what it sells. What the
    law says of new devices and of nights out is not decided for single people.
    """
    country = country_by_iso2(party.country)
    if country is None:
        return []
    tier = party.tier or ""
    rows = read_rules(Holder(party.id, tier, tier), country, [kind.value for kind in PaymentKind])
    sells = party.kind == "business"
    return [
        row
        for row in rows
        if row["condition"] in _DECIDABLE
        and sells == (row["side"] == LimitSide.RECEIVED and row["kind"] == PaymentKind.PURCHASE)
    ]


@owns
def ask_decision(
    *, staff: "Person", party_id: str, decision: Decision, reason: str
) -> "ApprovalRequest":
    """Ask a colleague to approve another limit for one party, for a time.

    Changes: an ``ApprovalRequest``, an audit entry.

    Args:
        staff: Who asks.
        party_id: Public id of the person's or shop's party.
        decision: What is to hold, and until when; or the usual limit again.
        reason: Why, for the staff.

    Raises:
        NotFound: There is no such party, or no such limit that staff decide about.
        InputInvalid: It has no end, ends in the past or later than 90 days from now.
        DecisionTooHigh: More than staff may set.
        StateConflict: It is so already, or the same waits for a colleague.

    Transaction: owns.
    """
    payload = {"party": party_id, "kind": decision.kind, "name": decision.name}
    rule, before = _rule(payload), decision_now(payload)
    _check(rule, decision, business_now())
    until = decision.until.isoformat() if decision.until else None
    if decision.value is None:
        after = {**before, "set": None, "until": None, "told": None}
    else:
        told = decision.why.value
        after = {**before, "set": _written(rule, decision.value), "until": until, "told": told}
    if after == before:
        raise StateConflict(_("It is so already."))
    change = Change(
        action=ACTION,
        object_ref=f"{party_id} {decision.kind}.{decision.name}"[:80],
        payload={
            **payload,
            "value": decision.value,
            "until": until,
            "why": decision.why.value,
            "reason": reason[:500],
        },
        before=before,
        after=after,
    )
    return ask_approval(maker=staff, change=change, reason=reason, expires_in=APPROVED_WITHIN)


def decision_now(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return a party's limit as it stands: the usual number, what staff set and until when.

    The party's row is locked.

    Raises:
        NotFound: There is no such party or limit.

    Transaction: none (asked within the one that asks or approves).
    """
    rule = _rule(payload)
    decided = decided_of(rule, business_now())
    is_usual = rule["condition"] == LimitCondition.ALWAYS
    party = Party.objects.get(public_id=payload["party"])
    return {
        "whose": party.display_name,
        "usual": _written(rule, rule["value"]) if is_usual else None,
        "set": _written(rule, decided.value) if decided else None,
        "until": decided.until.isoformat() if decided else None,
        "told": decided.why if decided else None,
    }


@joins
def put_decision(*, payload: Mapping[str, Any], maker: "Person", checker: "Person") -> None:
    """Let what two of the staff agreed on hold from now on.

    Changes: the ``LimitDecision`` that stood ends; a new one, unless the usual limit is to hold;
    an audit entry. Publishes ``limit.decided``, after which the party is told.

    Args:
        payload: Party, rule, value, end and what is told.
        maker: Who asked.
        checker: Who approved.

    Raises:
        NotFound: There is no such party or limit any more.
        StateConflict: Its end has passed while it waited.
        DecisionTooHigh: The country's rule was lowered meanwhile.

    Transaction: joins.
    """
    before, rule, now = decision_now(payload), _rule(payload), business_now()
    until = datetime.fromisoformat(payload["until"]) if payload["until"] else None
    if until is not None and until <= now:
        raise StateConflict(_("Its end has passed while it waited: it has to be asked for anew."))
    why = DecidedWhy(payload["why"])
    _check(rule, Decision(payload["kind"], payload["name"], payload["value"], until, why), now)
    party = Party.objects.get(public_id=payload["party"])
    of_it = {"party": party, "kind": payload["kind"], "name": payload["name"]}
    LimitDecision.objects.filter(**of_it, ended_at__isnull=True).update(ended_at=now)
    if until is not None:
        LimitDecision.objects.create(
            **of_it,
            value=payload["value"],
            why=why.value,
            reason=payload["reason"],
            asked_by=maker,
            approved_by=checker,
            begins_at=now,
            until=until,
        )
    record(
        actor=checker,
        action="limit.decided" if until else "limit.decision_ended",
        object_ref=party.public_id,
        before={"limit": f"{payload['kind']}.{payload['name']}", **before},
        after={**decision_now(payload), "asked_by": maker.login},
        reason=payload["reason"],
    )
    publish("limit.decided", party_id=party.pk, limit_kind=payload["kind"], name=payload["name"])


def _rule(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Return the rule as it stands for the party, whose row is locked against another decision."""
    rows = Party.objects.select_for_update(no_key=True).filter(public_id=payload["party"])
    row = rows.first()
    party = party_by_id(row.pk) if row else None
    for rule in decidable_rules(party) if party else []:
        if (rule["kind"], rule["name"]) == (payload["kind"], payload["name"]):
            return rule
    raise NotFound


def _check(rule: Mapping[str, Any], decision: Decision, now: datetime) -> None:
    """Refuse a number that staff may not set, and an end that is none."""
    if (decision.value is None) != (decision.until is None):
        raise InputInvalid(
            field_errors={"until": [{"code": "invalid", "detail": str(_("Say until when."))}]}
        )
    if decision.value is None or decision.until is None:
        return
    if not now < decision.until <= now + LONGEST_DECISION:
        raise InputInvalid(_("It ends after now, and at most 90 days from now."))
    times = MOST_TIMES if rule["condition"] == LimitCondition.ALWAYS else 1
    if decision.value > rule["value"] * times:
        raise DecisionTooHigh
    if decision.value < 0:
        raise InputInvalid(_("A limit is no less than nothing."))


def _written(rule: Mapping[str, Any], value: int) -> Any:
    """Return a number as its measure is: money with its currency, or a count."""
    if rule["measure"] == LimitMeasure.COUNT:
        return value
    return {"amount_minor": value, "currency": rule["currency"]}
