"""Opening countries and keeping them honest: people open, the rule closes.

``require_open`` is the door that every new payment passes inside its own transaction. It holds
a share of the capability until the payment commits; whoever imposes a hold takes it alone. So a
hold acts on the very next payment, and no payment slips by while it is written. ``may_go_on`` is
the same door for money that is under way.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

import structlog
from django.db import connection
from django.utils.translation import gettext_lazy as _

from core.clock import business_now, wall_now
from core.errors import InputInvalid, NotFound, TrocoError
from core.events import publish
from core.transactions import joins, owns
from payments.enums import Capability, CapabilityState
from payments.models import (
    AvailabilityCheck,
    CaseTerms,
    Country,
    CountryCapability,
)
from payments.queries.countries import CapabilityFacts, gather_facts
from payments.queries.rule import OPEN_STATES, Reason, Verdict, evaluate
from payments.services.capability_moves import (
    lock_capability,
    move_capability,
    write_check,
)
from people.queries import count_enrolled
from people.services.audit import record

if TYPE_CHECKING:
    from people.models import Person

RECORDED_EVERY = timedelta(hours=1)

logger = structlog.get_logger(__name__)


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

    Two queries: a share of the capability, then the facts. The share is waited for while
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
    with connection.cursor() as cursor:
        cursor.execute("SELECT payments_share_v1(%s, %s)", [country, capability])
    refuse_if_closed(gather_facts(country=country, moment=moment, capabilities=[capability]))


@joins
def may_go_on(
    *, country: str, capability: str, parties: Iterable[int] = (), banks: Iterable[str] = ()
) -> bool:
    """Tell whether money that is under way may move further, and keep it so until the commit.

    Refunds, returns and settlement go on where a capability is closed or a hold stops new business
    only; they wait while a hold says ``stop_all``. One question to the database: it takes a share
    of the capability first, so a step commits before a hold does, or sees it.

    Args:
        country: Two-letter code.
        capability: What the money moves for.
        parties: Whose money it is; a hold may cover one of them.
        banks: Slugs of the banks that would be asked; likewise.

    Transaction: joins.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT payments_may_go_on_v1(%s, %s, %s::bigint[], %s::text[], %s)",
            [country, capability, list(parties), list(banks), business_now()],
        )
        return bool(cursor.fetchone()[0])


@joins
def refuse_if_stopped(
    *, country: str, capability: str, parties: Iterable[int] = (), banks: Iterable[str] = ()
) -> None:
    """Let what is under way go on, unless a hold stops everything, and keep it so.

    Args:
        country: As for ``may_go_on``.
        capability: Likewise.
        parties: Likewise.
        banks: Likewise.

    Raises:
        CapabilityClosed: A hold says ``stop_all``.

    Transaction: joins.
    """
    if not may_go_on(country=country, capability=capability, parties=parties, banks=banks):
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
    raise refusal(reasons=spoken(verdict.reasons), missing=list(verdict.missing))


@owns
def add_country(*, facts: Mapping[str, object], staff: "Person | None") -> Country:
    """Add a country with all its capabilities planned; an existing one is left as it is.

    Changes: the country, its capabilities, its terms of disputes, one audit entry.

    Args:
        facts: ``iso2, name, currency, timezone, min_live_banks, holds_funds``.
        staff: Who does it; None for the seeding of a sandbox.

    Raises:
        InputInvalid: There is no such time zone.

    Transaction: owns.
    """
    if facts["timezone"] not in available_timezones():
        raise InputInvalid(field_errors={"timezone": [{"code": "unknown", "detail": ""}]})
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
    ``capability.changed`` and ``capability.opened``, from which the waitlist is told.

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
    row = lock_capability(country=country, capability=capability)
    moment = business_now()
    found = gather_facts(country=country, moment=moment, capabilities=[capability])[0]
    verdict = evaluate(found.facts)
    in_the_way = verdict.of("evidence", "health", "hold")
    if in_the_way:
        waiting = [each.missing for each in in_the_way if each.missing]
        raise CapabilityClosed(reasons=spoken(in_the_way), missing=waiting)
    before = row.state
    if row.state in {CapabilityState.PLANNED, CapabilityState.SUSPENDED}:
        move_capability(
            row=row, state=CapabilityState.READY, moment=moment, by=staff, reason=reason
        )
    row.evidence = write_check(found=found, verdict=verdict, moment=moment)
    row.opened_by = staff
    move_capability(row=row, state=CapabilityState.OPEN, moment=moment, by=staff, reason=reason)
    publish("capability.opened", country=country, capability=capability)
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
    row = lock_capability(country=country, capability=capability)
    before = row.state
    moment = business_now()
    move_capability(row=row, state=CapabilityState.CLOSED, moment=moment, by=staff, reason=reason)
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
    # Whoever enrols counts themselves under this lock, so the count below misses nobody.
    found = Country.objects.select_for_update(no_key=True).filter(iso2=country).first()
    if found is None:
        raise NotFound
    found.checked_at, found.enrolled_count = wall_now(), count_enrolled(country)
    found.save(update_fields=["checked_at", "enrolled_count"])
    newest = _newest_checks(country)
    for each in gather_facts(country=country, moment=moment):
        verdict = evaluate(each.facts)
        known = newest.get(each.facts.capability)
        if known is None or _differs(known, verdict) or moment - known.at >= RECORDED_EVERY:
            write_check(found=each, verdict=verdict, moment=moment)
        wanted = _wanted_state(each.facts.state or "", verdict)
        if wanted is not None and each.id is not None:
            _move_by_clock(each.id, wanted, verdict, moment)


def check_countries() -> int:
    """Check every country, each in a transaction of its own; return how many.

    One that fails does not keep the others from being checked; its last check grows old, and then
    its new payments are refused.

    Transaction: none (each check owns its own).
    """
    checked = 0
    for code in Country.objects.order_by("iso2").values_list("iso2", flat=True):
        try:
            check_country(country=code)
            checked += 1
        except Exception:
            logger.exception("country_not_checked", country=code)
    return checked


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
    row = CountryCapability.objects.select_related("country").get(id=row_id)
    found = lock_capability(country=row.country.iso2, capability=row.capability)
    if _wanted_state(found.state, verdict) != wanted:
        return
    reason = ", ".join(each.code for each in verdict.of("evidence", "health")) or "conditions met"
    move_capability(row=found, state=wanted, moment=moment, by=None, reason=reason)


def _newest_checks(country: str) -> dict[str, AvailabilityCheck]:
    rows = AvailabilityCheck.objects.filter(country__iso2=country)
    newest = rows.order_by("capability", "-id").distinct("capability")
    return {row.capability: row for row in newest}


def _differs(known: AvailabilityCheck, verdict: Verdict) -> bool:
    return [reason["code"] for reason in known.reasons] != [r.code for r in verdict.reasons]


def spoken(reasons: Iterable[Reason]) -> list[dict[str, str]]:
    """Return reasons as a problem shows them: code and words, in the language of the moment."""
    return [{"code": reason.code, "detail": reason.words} for reason in reasons]


def _audit(row: CountryCapability, staff: "Person", action: str, before: str, reason: str) -> None:
    record(
        actor=staff,
        action=action,
        object_ref=f"{row.country.iso2}/{row.capability}",
        before={"state": before},
        after={"state": row.state},
        reason=reason,
    )
