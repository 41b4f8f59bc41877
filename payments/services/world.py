"""The sandbox's world, from data: its countries, its banks and what they agreed to.

Everything is written through the services, as an operator would, and may be done again: what
is there is left alone. What a country is and how far it is brought lies in ``payments/facts``:
Brazil and Sandboxland are opened by a person at the end, India as a pilot for so many people;
Bangladesh, Mexico and Singapore stay planned, and their page says what is missing.
"""

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

from core.clock import business_now
from core.errors import NotFound
from core.transactions import owns
from payments.enums import CARDS, AgreementState, Capability, CapabilityState
from payments.facts import CountryFile, SandboxBankFact, read_countries
from payments.limits import STANDARD_RULES
from payments.models import (
    BankAgreement,
    ConnectorHealth,
    Country,
    CountryCapability,
    DayOverride,
    KnownBank,
    KnownRail,
    RegulatorClearance,
)
from payments.services.agreements import (
    AgreementTerms,
    NewBank,
    NewClearance,
    RailTerms,
    Signatures,
    add_bank,
    draft_agreement,
    move_agreement,
    record_clearance,
    sign_agreement,
)
from payments.services.availability import add_country, check_country, open_capability
from payments.services.health import probe_bank
from payments.services.limits import put_rules, put_standard_rules
from payments.services.sandbox import put_banks, sync_clock

if TYPE_CHECKING:
    from people.models import Person

APPROVAL_ABOVE_MINOR = 1_500_000  # R$ 15,000.00: security.md §4.5, payouts above it take two.


def seed_world(*, staff: "Person") -> None:
    """Bring the sandbox's countries and banks to where a first payment is possible.

    The simulator must be reachable: its banks are opened and seen to answer.

    Changes: countries with what is known of them, limits, banks, agreements, clearances, checks;
    opens what is no longer planned unless it was opened or suspended before.

    Args:
        staff: Who makes agreements live and opens countries.

    Raises:
        NotFound: This is no sandbox.
        BankUnavailable: The simulator does not answer.
        CapabilityClosed: A condition is not met: the simulator is unhealthy.

    Transaction: none (each step owns its own).
    """
    sync_clock()
    countries = read_countries()
    for facts in countries:
        add_country(facts=facts.particulars, staff=staff)
        put_facts(facts=facts)
    begun = [facts for facts in countries if facts.stage != "planned"]
    for facts in begun:
        _seed_limits(facts=facts)
        _seed_clearance(facts, staff)
        for bank in facts.sandbox_banks:
            _seed_bank(facts, bank, staff)
    put_banks()
    for facts in begun:
        for bank in facts.sandbox_banks:
            _prove_health(bank.slug)
    for facts in countries:
        check_country(country=facts.iso2)
    for facts in begun:
        _open(facts.iso2, staff)


@owns
def put_facts(*, facts: CountryFile) -> None:
    """Write down what is known of a country's rails, banks and bank holidays, as its file says.

    What the file no longer has goes; an operator's own days stay.

    Changes: known rails and banks, days on which banks rest.

    Args:
        facts: The country's file, read.

    Raises:
        NotFound: The country is not added.

    Transaction: owns.
    """
    country = Country.objects.filter(iso2=facts.iso2).first()
    if country is None:
        raise NotFound
    KnownRail.objects.filter(country=country).delete()
    KnownBank.objects.filter(country=country).delete()
    KnownRail.objects.bulk_create(
        KnownRail(
            country=country,
            code=rail.code,
            name=rail.name,
            operator=rail.operator,
            settles=rail.settles,
            limit=rail.limit,
            source=rail.source,
        )
        for rail in facts.rails
    )
    KnownBank.objects.bulk_create(
        KnownBank(
            country=country,
            name=bank.name,
            national_id=bank.national_id,
            id_kind=bank.id_kind,
            rails=bank.rails,
            source=bank.source,
        )
        for bank in facts.banks
    )
    for day in facts.holidays:
        DayOverride.objects.get_or_create(
            country=country,
            date=day.date,
            defaults={"is_business_day": False, "name": day.name},
        )


@owns
def _seed_limits(*, facts: CountryFile) -> None:
    if facts.iso2 in STANDARD_RULES:
        put_standard_rules(country=facts.iso2)
    else:
        put_rules(country=facts.iso2, limits=facts.limits)


def _seed_clearance(facts: CountryFile, staff: "Person") -> None:
    """Record what the sandbox's regulator allows, told so long ago that its notice is over."""
    cleared = facts.clearance
    if cleared is None or RegulatorClearance.objects.filter(country__iso2=facts.iso2).exists():
        return
    today = business_now().date()
    told = today - timedelta(days=cleared.notice_days + 1) if cleared.notice_days else None
    clearance = NewClearance(
        country=facts.iso2,
        capability="",
        scheme=cleared.scheme,
        instrument=cleared.instrument,
        valid_from_date=today - timedelta(days=1),
        evidence=cleared.evidence,
        notified_date=told,
        notice_days=cleared.notice_days,
        max_users=cleared.max_users,
        conditions=cleared.conditions,
    )
    record_clearance(staff=staff, clearance=clearance)


def _seed_bank(facts: CountryFile, fact: SandboxBankFact, staff: "Person") -> None:
    """Add an invented bank, and draft, sign and make live the agreement that it has not yet."""
    bank = NewBank(
        slug=fact.slug,
        name=fact.name,
        country=facts.iso2,
        currency=facts.currency,
        timezone=facts.timezone,
        national_id=fact.national_id,
        rail=fact.rail,
    )
    add_bank(staff=staff, bank=bank)
    if BankAgreement.objects.filter(bank__slug=bank.slug).exists():
        return
    terms = AgreementTerms(
        valid_from_date=business_now().date() - timedelta(days=1),
        valid_to_date=None,
        capabilities=tuple(Capability.values),
        rail=_rail_terms(facts, fact, rail=fact.files or fact.rail, days=0),
        also=_card_terms(facts, fact),
    )
    agreement = draft_agreement(staff=staff, bank=bank.slug, terms=terms)
    signatures = Signatures(
        document_sha256=hashlib.sha256(f"agreement with {bank.name}".encode()).hexdigest(),
        bank_signatory=f"Director of {bank.name}",
        operator_signatory="Director of the operator",
    )
    sign_agreement(staff=staff, agreement_id=agreement.public_id, signatures=signatures)
    move_agreement(
        staff=staff,
        agreement_id=agreement.public_id,
        state=AgreementState.LIVE,
        reason="sandbox",
    )


def _rail_terms(facts: CountryFile, fact: SandboxBankFact, *, rail: str, days: int) -> RailTerms:
    return RailTerms(
        rail=rail,
        cutoff=fact.cutoff,
        timezone=facts.timezone,
        settlement_days=days,
        approval_above_minor=APPROVAL_ABOVE_MINOR,
        message_version=fact.message_version,
    )


def _card_terms(facts: CountryFile, fact: SandboxBankFact) -> tuple[RailTerms, ...]:
    """Return how a bank's cards are charged, where it is not as its accounts are debited."""
    if fact.card_days is None:
        return ()
    return (_rail_terms(facts, fact, rail=CARDS, days=fact.card_days),)


def _prove_health(bank: str) -> None:
    """Probe a bank as often as its health needs to be believed."""
    needed = ConnectorHealth.objects.get(bank__slug=bank).good_to_up
    for _ in range(needed):
        probe_bank(bank=bank)


def _open(country: str, staff: "Person") -> None:
    """Open what nobody has opened yet; what a person suspended stays so."""
    waiting = CountryCapability.objects.filter(
        country__iso2=country,
        state__in=[CapabilityState.PLANNED, CapabilityState.READY],
        opened_by__isnull=True,
    )
    for capability in list(waiting.order_by("id").values_list("capability", flat=True)):
        open_capability(staff=staff, country=country, capability=capability, reason="sandbox")
