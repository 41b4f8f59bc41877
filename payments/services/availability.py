"""Opening countries and keeping them honest: people open, the rule closes.

``require_open`` is the door that every new payment passes inside its own transaction. It holds
a share of the capability's row until the payment commits; whoever imposes a hold takes the row
for itself. So a hold acts on the very next payment, and no payment slips by while it is written.
"""

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import connection
from django.utils.translation import gettext_lazy as _

from core.clock import business_now, wall_now
from core.errors import NotFound, TrocoError
from core.events import publish
from core.transactions import joins, owns
from payments.enums import Capability, CapabilityState
from payments.models import (
    AvailabilityCheck,
    CapabilityMove,
    CaseTerms,
    Country,
    CountryCapability,
)
from payments.queries.countries import CapabilityFacts, gather_facts, is_stopped
from payments.queries.rule import OPEN_STATES, Reason, Verdict, evaluate
from payments.states import CAPABILITY_MOVES
from people.queries import count_enrolled
from people.services.audit import record

if TYPE_CHECKING:
    from people.models import Person

RECORDED_EVERY = timedelta(hours=1)

_LOCK = """
SELECT capability.id
  FROM payments_countrycapability AS capability
  JOIN payments_country AS country ON country.id = capability.country_id
 WHERE country.iso2 = %s AND capability.capability = ANY (%s)
 ORDER BY capability.id
"""


class CountryClosed(TrocoError):
    """Troco is not open in the country, or a hold covers all of it."""

    code = "country_closed"
    http_status = 409
    words = _("Troco is not open in this country now. The reasons say why.")


class CapabilityClosed(TrocoError):
    """The country is served, and this kind of business is closed there now."""

    code = "capability_closed"
    http_status = 409
    words = _("This is closed in the country now. The reasons say why.")


@joins
def require_open(*, country: str, capability: str, moment: datetime) -> None:
    """Let new business begin only where the rule says it may, and keep it so until the commit.

    Two queries: a share of the capability's row, then the facts. The share is waited for while
    somebody imposes a hold, and the facts are read after it, so they show that hold.

    Args:
        country: Two-letter code of the country whose rules apply.
        capability: Code of the business that begins.
        moment: The business moment of the payment.

    Raises:
        CountryClosed: The country is not open at all; ``reasons`` and ``missing`` say why.
        CapabilityClosed: This capability is closed; likewise.

    Transaction: joins.
    """
    _lock(country, [capability], "FOR SHARE OF capability")
    refuse_if_closed(gather_facts(country=country, moment=moment, capabilities=[capability]))


@joins
def refuse_if_stopped(*, country: str, capability: str) -> None:
    """Let what is under way go on, unless a hold stops everything, and keep it so.

    Refunds and returns go on where a capability is closed or a hold stops new business only.

    Raises:
        CapabilityClosed: A hold says ``stop_all``.

    Transaction: joins.
    """
    _lock(country, [capability], "FOR SHARE OF capability")
    if is_stopped(country, capability):
        raise CapabilityClosed(_("A regulator's hold stops this. Try again when it is lifted."))


def refuse_if_closed(found: list[CapabilityFacts]) -> None:
    """Raise the refusal that the facts of one capability call for, if any.

    Args:
        found: What ``gather_facts`` returned for one capability; a quote asks with it, without
            locks, what the payment will ask again with them.

    Raises:
        CountryClosed: As ``require_open``.
        CapabilityClosed: As ``require_open``.

    Transaction: none.
    """
    if not found:
        raise CountryClosed(reasons=[], missing=[])
    facts = found[0].facts
    verdict = evaluate(facts)
    if verdict.is_open:
        return
    never_open = facts.state not in {*OPEN_STATES, CapabilityState.SUSPENDED}
    whole_country = any(hold.capability == "" for hold in facts.holds)
    refusal = CountryClosed if never_open or whole_country else CapabilityClosed
    raise refusal(reasons=_spoken(verdict.reasons), missing=list(verdict.missing))


@owns
def add_country(*, facts: dict[str, object], staff: "Person | None") -> Country:
    """Add a country with all its capabilities planned; an existing one is left as it is.

    Changes: the country, its capabilities, its terms of disputes, one audit entry.

    Args:
        facts: ``iso2, name, currency, timezone, min_live_banks, holds_funds``.
        staff: Who does it; None for the seeding of a sandbox.

    Transaction: owns.
    """
    moment = business_now()
    country, is_new = Country.objects.get_or_create(
        iso2=facts["iso2"], defaults={**facts, "created_at": moment}
    )
    CaseTerms.objects.get_or_create(country=country.iso2)
    for capability in Capability.values:
        CountryCapability.objects.get_or_create(
            country=country, capability=capability, defaults={"since_at": moment}
        )
    if is_new:
        record(
            actor=staff,
            action="country.added",
            object_ref=country.iso2,
            before={},
            after=dict(facts),
            reason="",
        )
    return country


@owns
def open_capability(*, staff: "Person", country: str, capability: str, reason: str) -> None:
    """Open a capability, by a person and on evidence.

    The conditions are looked at now, and the look is kept as the evidence; the database
    refuses an opening without it.

    Changes: a check, the state with its history, an audit entry. Publishes
    ``capability.changed``.

    Args:
        staff: Who opens it.
        country: Two-letter code.
        capability: Code.
        reason: Why now, for the audit.

    Raises:
        NotFound: The country or capability is not known.
        CapabilityClosed: The conditions are not met, or a hold stands.
        StateConflict: It is open already, or was closed for good.

    Transaction: owns.
    """
    moment = business_now()
    row = _locked(country, capability)
    found = gather_facts(country=country, moment=moment, capabilities=[capability])[0]
    verdict = evaluate(found.facts)
    in_the_way = verdict.of("evidence", "health", "hold")
    if in_the_way:
        waiting = [each.missing for each in in_the_way if each.missing]
        raise CapabilityClosed(reasons=_spoken(in_the_way), missing=waiting)
    before = row.state
    if row.state in {CapabilityState.PLANNED, CapabilityState.SUSPENDED}:
        _move(row, CapabilityState.READY, moment=moment, by=staff, reason=reason)
    row.evidence = _write_check(found, verdict, moment)
    row.opened_by = staff
    _move(row, CapabilityState.OPEN, moment=moment, by=staff, reason=reason)
    _audit(row, staff, "capability.opened", before, reason)


@owns
def close_capability(*, staff: "Person", country: str, capability: str, reason: str) -> None:
    """Close a capability for good, by a person.

    Changes: the state with its history, an audit entry. Publishes ``capability.changed``.

    Args:
        staff: Who closes it.
        country: Two-letter code.
        capability: Code.
        reason: Why, for the audit.

    Raises:
        NotFound: The country or capability is not known.
        StateConflict: It is closed already.

    Transaction: owns.
    """
    row = _locked(country, capability)
    before = row.state
    _move(row, CapabilityState.CLOSED, moment=business_now(), by=staff, reason=reason)
    _audit(row, staff, "capability.closed", before, reason)


@owns
def check_country(*, country: str) -> None:
    """Look at the conditions of a country, write down the answers, and close what must close.

    Nothing is ever opened here: a capability whose evidence is complete becomes ``ready`` and
    waits for a person. What a person opened is suspended when evidence is lost, and degraded
    while only connectors are down, from which it comes back by itself.

    Changes: the country's moment of checking and count of people; checks where the answer
    changed or is an hour old; states with their history. Publishes ``capability.changed``.

    Args:
        country: Two-letter code.

    Raises:
        NotFound: The country is not known.

    Transaction: owns.
    """
    moment = business_now()
    updated = Country.objects.filter(iso2=country).update(
        checked_at=wall_now(), enrolled_count=count_enrolled(country)
    )
    if not updated:
        raise NotFound
    newest = _newest_checks(country)
    for found in gather_facts(country=country, moment=moment):
        verdict = evaluate(found.facts)
        known = newest.get(found.facts.capability)
        if known is None or _differs(known, verdict) or moment - known.at >= RECORDED_EVERY:
            _write_check(found, verdict, moment)
        wanted = _wanted_state(found.facts.state or "", verdict)
        if wanted is not None and found.id is not None:
            _move_by_clock(found.id, wanted, verdict, moment)


def check_countries() -> int:
    """Check every country, each in a transaction of its own; return how many.

    Transaction: none (each check owns its own).
    """
    codes = list(Country.objects.order_by("iso2").values_list("iso2", flat=True))
    for code in codes:
        check_country(country=code)
    return len(codes)


@joins
def lock_capabilities(*, country: str, capability: str) -> None:
    """Keep new payments of a scope waiting until the caller commits.

    Args:
        country: Two-letter code.
        capability: Code, or empty for every capability of the country.

    Transaction: joins (the caller's transaction ends the locks).
    """
    scope = [capability] if capability else list(Capability.values)
    _lock(country, scope, "FOR UPDATE OF capability")


def _lock(country: str, capabilities: Iterable[str], how: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_LOCK + how, [country, list(capabilities)])


def _locked(country: str, capability: str) -> CountryCapability:
    row = (
        CountryCapability.objects.select_for_update(of=("self",))
        .select_related("country")
        .filter(country__iso2=country, capability=capability)
        .first()
    )
    if row is None:
        raise NotFound
    return row


def _wanted_state(state: str, verdict: Verdict) -> CapabilityState | None:
    """Return the state the clock should move a capability to, or None to leave it."""
    wanted = None
    if state in OPEN_STATES and not verdict.has_evidence:
        wanted = CapabilityState.SUSPENDED
    elif state in OPEN_STATES:
        wanted = CapabilityState.DEGRADED if verdict.of("health") else CapabilityState.OPEN
    elif state in {CapabilityState.PLANNED, CapabilityState.SUSPENDED} and verdict.has_evidence:
        wanted = CapabilityState.READY
    elif state == CapabilityState.READY and not verdict.has_evidence:
        wanted = CapabilityState.PLANNED
    return wanted if wanted != state else None


def _move_by_clock(row_id: int, wanted: str, verdict: Verdict, moment: datetime) -> None:
    """Move a capability, unless a person moved it meanwhile: the next check sees that."""
    row = CountryCapability.objects.select_for_update(of=("self",)).select_related("country")
    found = row.get(id=row_id)
    if _wanted_state(found.state, verdict) != wanted:
        return
    reason = ", ".join(each.code for each in verdict.of("evidence", "health")) or "conditions met"
    _move(found, wanted, moment=moment, by=None, reason=reason)


def _move(
    row: CountryCapability, state: str, *, moment: datetime, by: "Person | None", reason: str
) -> None:
    """Change a state: the row, its history and the news of it."""
    old = row.state
    CAPABILITY_MOVES.check(old, state)
    row.state, row.since_at = state, moment
    row.save(update_fields=["state", "since_at", "evidence", "opened_by"])
    CapabilityMove.objects.create(
        capability=row, from_state=old, to_state=state, at=moment, by=by, reason=reason
    )
    publish("capability.changed", country=row.country.iso2, capability=row.capability)


def _write_check(found: CapabilityFacts, verdict: Verdict, moment: datetime) -> AvailabilityCheck:
    facts = asdict(found.facts)
    inputs = {
        name: facts[name]
        for name in ("state", "min_live_banks", "signed_banks", "healthy_banks", "has_limits")
    }
    inputs["enrolled_count"] = found.facts.enrolled_count
    inputs["clearances"] = [each.instrument for each in found.facts.clearances]
    inputs["holds"] = [each.public_id for each in found.facts.holds]
    return AvailabilityCheck.objects.create(
        country=Country.objects.get(iso2=found.country.iso2),
        capability=found.facts.capability,
        at=moment,
        is_open=verdict.is_open,
        has_evidence=verdict.has_evidence,
        reasons=[reason.written() for reason in verdict.reasons],
        inputs=inputs,
    )


def _newest_checks(country: str) -> dict[str, AvailabilityCheck]:
    rows = AvailabilityCheck.objects.filter(country__iso2=country)
    newest = rows.order_by("capability", "-id").distinct("capability")
    return {row.capability: row for row in newest}


def _differs(known: AvailabilityCheck, verdict: Verdict) -> bool:
    return [reason["code"] for reason in known.reasons] != [r.code for r in verdict.reasons]


def _audit(row: CountryCapability, staff: "Person", action: str, before: str, reason: str) -> None:
    record(
        actor=staff,
        action=action,
        object_ref=f"{row.country.iso2}/{row.capability}",
        before={"state": before},
        after={"state": row.state},
        reason=reason,
    )


def _spoken(reasons: Iterable[Reason]) -> list[dict[str, str]]:
    return [{"code": reason.code, "detail": reason.words} for reason in reasons]
