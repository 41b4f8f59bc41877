"""Reading where Troco is open: the facts of the rule, and what people are told."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q

from core.clock import business_now, wall_now
from payments.enums import Capability, HoldLevel
from payments.models import AvailabilityCheck, Bank, Country, RegulatorHold, WaitlistEntry
from payments.queries.rule import ClearanceFact, Facts, HoldFact, Verdict, evaluate


@dataclass(frozen=True, slots=True)
class CountryFacts:
    """A country as other rooms know it."""

    iso2: str
    name: str
    currency: str
    timezone: str
    holds_funds: bool


@dataclass(frozen=True, slots=True)
class CapabilityFacts:
    """One capability with the facts of the rule."""

    id: int | None
    country: CountryFacts
    since_at: datetime | None
    facts: Facts


@dataclass(frozen=True, slots=True)
class CapabilityAvailability:
    """Whether one capability is open now, since when, and why not."""

    capability: str
    state: str
    since_at: datetime | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class CountryAvailability:
    """What the public page says of a country."""

    country: CountryFacts
    capabilities: tuple[CapabilityAvailability, ...]


@dataclass(frozen=True, slots=True)
class BankFacts:
    """A bank as other rooms know it."""

    slug: str
    name: str
    country: str
    currency: str
    timezone: str
    national_id: str
    rail: str
    is_healthy: bool


def gather_facts(
    *, country: str, moment: datetime, capabilities: Iterable[str] = Capability.values
) -> list[CapabilityFacts]:
    """Return the rule's facts for some capabilities of a country, in the order asked.

    One query. Empty when the country is not known.

    Args:
        country: ISO 3166 two-letter code.
        moment: The business moment that decides which day it is there.
        capabilities: Codes; all of them if not said.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM payments_capability_facts_v2(%s, %s::text[], %s)",
            [country, list(capabilities), moment],
        )
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return [capability_facts(row, moment) for row in rows]


def availability(country: str, moment: datetime) -> CountryAvailability | None:
    """Return what a country is open for, or None when nothing is known of it.

    One query, whatever the number of capabilities.
    """
    found = gather_facts(country=country, moment=moment)
    return _availability(found) if found else None


def takes_purchases(country: str, moment: datetime) -> bool:
    """Tell whether a country takes purchases now; one query, without a lock.

    Each payment asks again, and holds the answer to its commit.
    """
    found = gather_facts(country=country, moment=moment, capabilities=["purchase"])
    return any(evaluate(each.facts).is_open for each in found)


def _availability(found: list[CapabilityFacts]) -> CountryAvailability:
    return CountryAvailability(
        country=found[0].country,
        capabilities=tuple(
            CapabilityAvailability(
                capability=each.facts.capability,
                state=each.facts.state or "none",
                since_at=each.since_at,
                verdict=evaluate(each.facts),
            )
            for each in found
        ),
    )


def availabilities(moment: datetime) -> list[CountryAvailability]:
    """Return what every known country is open for, by code; one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT facts.* FROM payments_country AS country"
            " CROSS JOIN LATERAL"
            " payments_capability_facts_v2(country.iso2, %s::text[], %s) AS facts"
            " ORDER BY country.iso2",
            [Capability.values, moment],
        )
        names = [column.name for column in cursor.description]
        rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    found: dict[str, list[CapabilityFacts]] = {}
    for row in rows:
        found.setdefault(str(row["iso2"]), []).append(capability_facts(row, moment))
    return [_availability(each) for each in found.values()]


_TOLD_IN = 10


def count_waiting() -> dict[str, int]:
    """Return about how many wait for each country to open; one query, those without any left out.

    Told in tens, rounded down: nobody learns from it whether one more number was there.
    """
    rows = WaitlistEntry.objects.filter(told_at__isnull=True).values("country__iso2")
    counted = rows.annotate(count=Count("id"))
    return {row["country__iso2"]: row["count"] // _TOLD_IN * _TOLD_IN for row in counted}


def is_stopped(country: str, capability: str, *, bank: str = "") -> bool:
    """Tell whether a hold stops everything of a capability, what is under way included.

    It locks nothing: whoever acts on the answer asks ``services.availability.may_go_on``.

    Args:
        country: Two-letter code.
        capability: Code.
        bank: A bank's slug: a hold over that bank alone counts as well.
    """
    stops = RegulatorHold.objects.filter(
        started(business_now()),
        country__iso2=country,
        capability__in=["", capability],
        level=HoldLevel.STOP_ALL,
        lifted_at__isnull=True,
    )
    over_all = Q(bank__isnull=True, party_id__isnull=True)
    return stops.filter(over_all | Q(bank__slug=bank)).exists()


def started(moment: datetime) -> Q:
    """Return the condition that a hold's beginning has come."""
    return Q(starts_at__isnull=True) | Q(starts_at__lte=moment)


def stopped_parties(country: str, capability: str) -> frozenset[int]:
    """Return the parties of a country of which a hold stops everything; one query."""
    stops = RegulatorHold.objects.filter(
        started(business_now()),
        country__iso2=country,
        capability__in=["", capability],
        level=HoldLevel.STOP_ALL,
        lifted_at__isnull=True,
        party_id__isnull=False,
    )
    return frozenset(each for each in stops.values_list("party_id", flat=True) if each)


def payments_stopped() -> Exists:
    """Return the condition that a hold stops everything of a payment, or of a party to it.

    For sweeps that take only so many payments: what a hold keeps waiting would crowd out the rest.
    It locks nothing, and knows nothing of holds over one bank.
    """
    over_all = Q(bank__isnull=True, party_id__isnull=True)
    over_party = Q(party_id=OuterRef("payer_id")) | Q(party_id=OuterRef("payee_id"))
    return Exists(
        RegulatorHold.objects.filter(
            started(business_now()),
            Q(capability="") | Q(capability=OuterRef("kind")),
            over_all | over_party,
            country__iso2=OuterRef("country"),
            level=HoldLevel.STOP_ALL,
            lifted_at__isnull=True,
        )
    )


def country_by_iso2(iso2: str) -> CountryFacts | None:
    """Return a country, or None."""
    row = Country.objects.filter(iso2=iso2).first()
    return _country(vars(row) | {"country_name": row.name}) if row else None


def claim_time(iso2: str) -> timedelta:
    """Return how long money waits in a country for a payee who has not enrolled; one query."""
    hours = Country.objects.values_list("claim_hours", flat=True).get(iso2=iso2)
    return timedelta(hours=hours)


def list_countries() -> list[CountryFacts]:
    """Return every country, by code."""
    return [
        _country(vars(row) | {"country_name": row.name}) for row in Country.objects.order_by("iso2")
    ]


def banks_of(country: str) -> list[BankFacts]:
    """Return the banks of a country by name, in one query."""
    rows = Bank.objects.filter(country__iso2=country).order_by("name", "id")
    return [_bank(row) for row in rows.select_related("country", "health")]


def bank_by_slug(slug: str) -> BankFacts | None:
    """Return a bank, or None."""
    row = Bank.objects.filter(slug=slug).select_related("country", "health").first()
    return _bank(row) if row else None


def newest_checks(country: str, limit: int = 20) -> list[AvailabilityCheck]:
    """Return the newest checks of a country, newest first, for staff."""
    checks = AvailabilityCheck.objects.filter(country__iso2=country).order_by("-id")
    return list(checks[:limit])


def _bank(row: Bank) -> BankFacts:
    health = getattr(row, "health", None)
    return BankFacts(
        slug=row.slug,
        name=row.name,
        country=row.country.iso2,
        currency=row.currency,
        timezone=row.timezone,
        national_id=row.national_id,
        rail=row.rail,
        is_healthy=bool(health and health.is_healthy),
    )


def _country(row: Mapping[str, object]) -> CountryFacts:
    return CountryFacts(
        iso2=str(row["iso2"]),
        name=str(row["country_name"]),
        currency=str(row["currency"]),
        timezone=str(row["timezone"]),
        holds_funds=bool(row["holds_funds"]),
    )


def capability_facts(row: Mapping[str, object], moment: datetime) -> CapabilityFacts:
    """Return a row of ``payments_capability_facts_v2``, or the same as decoded JSON."""
    country = _country(row)
    checked_at = _moment(row["checked_at"])
    age = (wall_now() - checked_at).total_seconds() if checked_at else None
    facts = Facts(
        capability=str(row["capability"]),
        state=str(row["state"]) if row["state"] else None,
        min_live_banks=_whole(row["min_live_banks"]),
        signed_banks=_whole(row["signed_banks"]),
        healthy_banks=_whole(row["healthy_banks"]),
        has_limits=bool(row["has_limits"]),
        clearances=tuple(_clearance(each) for each in _listed(row["clearances"])),
        holds=tuple(_hold(each) for each in _listed(row["holds"])),
        enrolled_count=_whole(row["enrolled_count"]),
        check_age_seconds=age,
        max_age_seconds=settings.TROCO_CHECK_MAX_AGE_SECONDS,
        today=moment.astimezone(ZoneInfo(country.timezone)).date(),
    )
    return CapabilityFacts(
        id=_whole(row["id"]) if row["id"] is not None else None,
        country=country,
        since_at=_moment(row["since_at"]),
        facts=facts,
    )


def _clearance(row: list[object]) -> ClearanceFact:
    instrument, valid_from, valid_to, notified, notice_days, max_users = row
    return ClearanceFact(
        instrument=str(instrument),
        valid_from_date=date.fromisoformat(str(valid_from)),
        valid_to_date=date.fromisoformat(str(valid_to)) if valid_to else None,
        notified_date=date.fromisoformat(str(notified)) if notified else None,
        notice_days=_whole(notice_days),
        max_users=None if max_users is None else _whole(max_users),
    )


def _hold(row: list[object]) -> HoldFact:
    public_id, level, reference, imposed_at, scope = (str(value) for value in row)
    return HoldFact(public_id, level, reference, datetime.fromisoformat(imposed_at), scope)


def _listed(value: object) -> list[list[object]]:
    """Return a JSON list of lists that the database built."""
    loaded = json.loads(value) if isinstance(value, str) else value
    return loaded if isinstance(loaded, list) else []


def _moment(value: object) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else value  # type: ignore[return-value]  # The column's type.


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0
