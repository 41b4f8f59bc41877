"""The sandbox's world, as data: its countries, its banks and what they agreed to.

Everything is written through the services, as an operator would, and may be done again: what
is there is left alone. Brazil and Sandboxland are opened by a person at the end; India and
Bangladesh stay planned, and their page says what is missing.
"""

import hashlib
from datetime import date, time, timedelta
from typing import TYPE_CHECKING

from core.clock import business_now
from core.errors import NotFound
from core.transactions import owns
from payments.enums import AgreementState, Capability, CapabilityState
from payments.models import (
    BankAgreement,
    ConnectorHealth,
    Country,
    CountryCapability,
    DayOverride,
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
from payments.services.limits import put_standard_rules
from payments.services.sandbox import put_banks, sync_clock

if TYPE_CHECKING:
    from people.models import Person

COUNTRIES: tuple[dict[str, object], ...] = (
    {
        "iso2": "BR",
        "name": "Brazil",
        "currency": "BRL",
        "timezone": "America/Sao_Paulo",
        "min_live_banks": 2,
        "holds_funds": False,
    },
    {
        "iso2": "XX",
        "name": "Sandboxland",
        "currency": "XTS",
        "timezone": "UTC",
        "min_live_banks": 1,
        "holds_funds": True,
    },
    {
        "iso2": "IN",
        "name": "India",
        "currency": "INR",
        "timezone": "Asia/Kolkata",
        "min_live_banks": 2,
        "holds_funds": False,
    },
    {
        "iso2": "BD",
        "name": "Bangladesh",
        "currency": "BDT",
        "timezone": "Asia/Dhaka",
        "min_live_banks": 2,
        "holds_funds": False,
    },
)
BANKS = (
    NewBank(
        slug="banco-ipe",
        name="Banco Ipê",
        country="BR",
        currency="BRL",
        timezone="America/Sao_Paulo",
        national_id="90000001",
        rail="sandbox",
    ),
    NewBank(
        slug="banco-jatoba",
        name="Banco Jatobá",
        country="BR",
        currency="BRL",
        timezone="America/Sao_Paulo",
        national_id="90000002",
        rail="sandbox",
    ),
    NewBank(
        slug="sandbox-bank",
        name="Bank of Sandboxland",
        country="XX",
        currency="XTS",
        timezone="UTC",
        national_id="90000003",
        rail="sandbox",
    ),
)
CUTOFFS = {"banco-ipe": time(17, 0), "banco-jatoba": time(18, 30), "sandbox-bank": time(16, 0)}
OPENED = ("BR", "XX")
APPROVAL_ABOVE_MINOR = 1_500_000  # R$ 15,000.00: security.md §4.5, payouts above it take two.

# Resolução CMN 2.932/2002 and its successor 4.880/2020: for banks, Carnival's Monday and Tuesday
# and Corpus Christi are no working days. The calendar library knows them as optional days only.
BANK_HOLIDAYS_BR: tuple[tuple[date, str], ...] = (
    (date(2026, 2, 16), "Carnaval"),
    (date(2026, 2, 17), "Carnaval"),
    (date(2026, 6, 4), "Corpus Christi"),
    (date(2027, 2, 8), "Carnaval"),
    (date(2027, 2, 9), "Carnaval"),
    (date(2027, 5, 27), "Corpus Christi"),
    (date(2028, 2, 28), "Carnaval"),
    (date(2028, 2, 29), "Carnaval"),
    (date(2028, 6, 15), "Corpus Christi"),
)


def seed_world(*, staff: "Person") -> None:
    """Bring the sandbox's countries and banks to where a first payment is possible.

    The simulator must be reachable: its banks are opened and seen to answer.

    Changes: countries, limits, banks, agreements, clearances, checks; opens what is in
    ``OPENED`` unless it was opened or suspended before.

    Args:
        staff: Who makes agreements live and opens countries.

    Raises:
        NotFound: This is no sandbox.
        BankUnavailable: The simulator does not answer.
        CapabilityClosed: A condition is not met: the simulator is unhealthy.

    Transaction: none (each step owns its own).
    """
    sync_clock()
    for facts in COUNTRIES:
        add_country(facts=dict(facts), staff=staff)
    _seed_days()
    for country in OPENED:
        _seed_limits(country=country)
        _seed_clearance(country, staff)
    for bank in BANKS:
        add_bank(staff=staff, bank=bank)
        _seed_agreement(bank, staff)
    put_banks()
    for bank in BANKS:
        _prove_health(bank.slug)
    for facts in COUNTRIES:
        check_country(country=str(facts["iso2"]))
    for country in OPENED:
        _open(country, staff)


@owns
def _seed_limits(*, country: str) -> None:
    put_standard_rules(country=country)


@owns
def _seed_days() -> None:
    """Write the banks' own holidays down where they are missing."""
    brazil = Country.objects.filter(iso2="BR").first()
    if brazil is None:
        raise NotFound
    for day, name in BANK_HOLIDAYS_BR:
        DayOverride.objects.get_or_create(
            country=brazil, date=day, defaults={"is_business_day": False, "name": name}
        )


def _seed_clearance(country: str, staff: "Person") -> None:
    if RegulatorClearance.objects.filter(country__iso2=country).exists():
        return
    record_clearance(
        staff=staff,
        clearance=NewClearance(
            country=country,
            capability="",
            scheme="Sandbox regulator",
            instrument=f"SBX-{country}-1",
            valid_from_date=business_now().date() - timedelta(days=1),
            evidence="A regulator that exists in the sandbox only.",
        ),
    )


def _seed_agreement(bank: NewBank, staff: "Person") -> None:
    """Draft, sign and make live the agreement of a bank that has none."""
    if BankAgreement.objects.filter(bank__slug=bank.slug).exists():
        return
    terms = AgreementTerms(
        valid_from_date=business_now().date() - timedelta(days=1),
        valid_to_date=None,
        capabilities=tuple(Capability.values),
        rail=RailTerms(
            rail=bank.rail,
            cutoff=CUTOFFS[bank.slug],
            timezone=bank.timezone,
            settlement_days=0,
            approval_above_minor=APPROVAL_ABOVE_MINOR,
        ),
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
