"""The one place where a capability's state changes: row, history and news together."""

from dataclasses import asdict
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import connection

from core.errors import NotFound
from core.events import publish
from core.transactions import joins
from payments.enums import AgreementState, Capability
from payments.models import (
    AvailabilityCheck,
    Bank,
    BankAgreement,
    CapabilityMove,
    Country,
    CountryCapability,
)
from payments.queries.countries import CapabilityFacts
from payments.queries.rule import ClearanceFact, HoldFact, Verdict
from payments.states import CAPABILITY_MOVES

if TYPE_CHECKING:
    from people.models import Person


@joins
def lock_capabilities(*, country: str, capability: str) -> None:
    """Keep new payments of a scope waiting until the caller commits.

    Args:
        country: Two-letter code.
        capability: Code, or empty for every capability of the country.

    Transaction: joins (the caller's transaction ends the locks).
    """
    scope = [capability] if capability else list(Capability.values)
    with connection.cursor() as cursor:
        cursor.execute("SELECT payments_shut_v1(%s, %s::text[])", [country, scope])


@joins
def lock_capability(*, country: str, capability: str) -> CountryCapability:
    """Return a capability that no payment has a share of any more.

    Raises:
        NotFound: The country does not have it.

    Transaction: joins (as ``lock_capabilities``).
    """
    lock_capabilities(country=country, capability=capability)
    row = (
        CountryCapability.objects.select_for_update(of=("self",))
        .select_related("country")
        .filter(country__iso2=country, capability=capability)
        .first()
    )
    if row is None:
        raise NotFound
    return row


@joins
def move_capability(
    *, row: CountryCapability, state: str, moment: datetime, by: "Person | None", reason: str
) -> None:
    """Change a capability's state: the row, its history and the news of it.

    Publishes: ``capability.changed``.

    Args:
        row: Locked by the caller.
        state: The new one.
        moment: The business moment.
        by: Who moves it; None for the clock.
        reason: In words, for the history.

    Raises:
        StateConflict: The table of moves does not allow it.

    Transaction: joins.
    """
    old = row.state
    CAPABILITY_MOVES.check(old, state)
    row.state, row.since_at = state, moment
    row.save(update_fields=["state", "since_at", "evidence", "opened_by"])
    CapabilityMove.objects.create(
        capability=row, from_state=old, to_state=state, at=moment, by=by, reason=reason
    )
    publish("capability.changed", country=row.country.iso2, capability=row.capability)


@joins
def write_check(*, found: CapabilityFacts, verdict: Verdict, moment: datetime) -> AvailabilityCheck:
    """Write down an answer of the rule with all that it looked at.

    Args:
        found: The facts.
        verdict: What the rule made of them.
        moment: The business moment.

    Transaction: joins.
    """
    facts = found.facts
    iso2 = found.country.iso2
    inputs = {
        "today": facts.today.isoformat(),
        "state": facts.state,
        "min_live_banks": facts.min_live_banks,
        "signed_banks": facts.signed_banks,
        "healthy_banks": facts.healthy_banks,
        "banks": _banks(iso2, facts.capability),
        "has_limits": facts.has_limits,
        "enrolled_count": facts.enrolled_count,
        "check_age_seconds": facts.check_age_seconds,
        "clearances": [_written(each) for each in facts.clearances],
        "holds": [_written(each) for each in facts.holds],
    }
    return AvailabilityCheck.objects.create(
        country=Country.objects.get(iso2=iso2),
        capability=facts.capability,
        at=moment,
        is_open=verdict.is_open,
        has_evidence=verdict.has_evidence,
        reasons=[reason.written() for reason in verdict.reasons],
        inputs=inputs,
    )


def _banks(country: str, capability: str) -> list[dict[str, object]]:
    """Return the live agreements that cover a capability, each with its connector's health."""
    live = BankAgreement.objects.filter(
        bank__country__iso2=country,
        state=AgreementState.LIVE,
        capabilities__contains=[capability],
    )
    return [
        {
            "bank": each.bank.slug,
            "agreement": each.public_id,
            "valid_from": each.valid_from_date.isoformat(),
            "valid_to": each.valid_to_date.isoformat() if each.valid_to_date else None,
            "document": each.document_sha256,
            **_health(each.bank),
        }
        for each in live.select_related("bank__health").order_by("id")
    ]


def _health(bank: Bank) -> dict[str, object]:
    health = getattr(bank, "health", None)
    probed_at = health.probed_at.isoformat() if health and health.probed_at else None
    return {"is_healthy": bool(health and health.is_healthy), "probed_at": probed_at}


def _written(fact: ClearanceFact | HoldFact) -> dict[str, object]:
    """Return a fact as JSON keeps it; dates and moments are text."""
    values = asdict(fact)
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in values.items()
    }
