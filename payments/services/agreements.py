"""Banks and the agreements with them, from a draft to their end."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING

from django.conf import settings

from core.clock import business_now
from core.errors import InputInvalid, NotFound
from core.events import publish
from core.ids import new_id
from core.transactions import owns
from payments.enums import AgreementState, Capability
from payments.models import (
    AgreementMove,
    AgreementRail,
    Bank,
    BankAgreement,
    ConnectorHealth,
    Country,
    RegulatorClearance,
)
from payments.rails import rails_offering
from payments.rails.pain001 import VERSION, VERSIONS
from payments.services.calendar import end_of_day
from payments.states import AGREEMENT_MOVES
from people.services.audit import record

if TYPE_CHECKING:
    from people.models import Person

_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class NewBank:
    """A bank as it is added; ``rail`` is a name of the setting ``TROCO_RAILS``."""

    slug: str
    name: str
    country: str
    currency: str
    timezone: str
    national_id: str
    rail: str


@dataclass(frozen=True, slots=True)
class RailTerms:
    """How settlement files go to the bank; amounts in minor units of the bank's currency."""

    rail: str
    cutoff: time
    timezone: str
    settlement_days: int
    approval_above_minor: int
    instruction_limit_minor: int | None = None
    message_version: str = VERSION


@dataclass(frozen=True, slots=True)
class AgreementTerms:
    """What an agreement covers, and from when to when; no end is an open one.

    ``rail`` is how files go; ``also`` are further rails, such as that of the bank's cards.
    """

    valid_from_date: date
    valid_to_date: date | None
    capabilities: tuple[str, ...]
    rail: RailTerms
    also: tuple[RailTerms, ...] = ()


@dataclass(frozen=True, slots=True)
class Signatures:
    """Who signed which document: its SHA-256 in hexadecimal, and two different names."""

    document_sha256: str
    bank_signatory: str
    operator_signatory: str


@dataclass(frozen=True, slots=True)
class NewClearance:
    """A regulator's clearance as it is recorded; an empty capability means every one."""

    country: str
    capability: str
    scheme: str
    instrument: str
    valid_from_date: date
    evidence: str
    valid_to_date: date | None = None
    notified_date: date | None = None
    notice_days: int = 0
    max_users: int | None = None
    conditions: str = ""


@owns
def add_bank(*, staff: "Person | None", bank: NewBank) -> Bank:
    """Add a bank whose connector is down until it was seen to answer.

    Changes: the bank, its health, an audit entry. A bank of that slug is left as it is.

    Args:
        staff: Who adds it; None for the seeding of a sandbox.
        bank: Its particulars.

    Raises:
        NotFound: The country is not known.
        InputInvalid: The rail is not one of ``TROCO_RAILS``.

    Transaction: owns.
    """
    country = Country.objects.filter(iso2=bank.country).first()
    if country is None:
        raise NotFound
    if bank.rail not in settings.TROCO_RAILS:
        raise InputInvalid(field_errors={"rail": [{"code": "unknown", "detail": bank.rail}]})
    moment = business_now()
    row, is_new = Bank.objects.get_or_create(
        slug=bank.slug,
        defaults={
            "name": bank.name,
            "country": country,
            "currency": bank.currency,
            "timezone": bank.timezone,
            "national_id": bank.national_id,
            "rail": bank.rail,
            "created_at": moment,
        },
    )
    if is_new:
        ConnectorHealth.objects.create(bank=row, changed_at=moment)
        _audit(staff, "bank.added", row.slug, {"name": row.name, "country": bank.country})
    return row


@owns
def draft_agreement(*, staff: "Person | None", bank: str, terms: AgreementTerms) -> BankAgreement:
    """Write down what an agreement with a bank will cover.

    Changes: the agreement and its rail, an audit entry.

    Args:
        staff: Who drafts it.
        bank: The bank's slug.
        terms: What it covers and how files go.

    Raises:
        NotFound: The bank is not known.
        InputInvalid: A capability is not one, or none is named, or it ends before it begins; a
            rail is not one of ``TROCO_RAILS`` or takes no files, or their version is not written
            here.

    Transaction: owns.
    """
    found = Bank.objects.filter(slug=bank).first()
    if found is None:
        raise NotFound
    if not terms.capabilities or not set(terms.capabilities) <= set(Capability.values):
        raise InputInvalid(field_errors={"capabilities": [{"code": "unknown", "detail": ""}]})
    _check_days(terms.valid_from_date, terms.valid_to_date)
    _check_rail(terms.rail, file_rails())
    for each in terms.also:
        _check_rail(each, settings.TROCO_RAILS)
    agreement = BankAgreement.objects.create(
        public_id=new_id("agr"),
        bank=found,
        valid_from_date=terms.valid_from_date,
        valid_to_date=terms.valid_to_date,
        capabilities=list(terms.capabilities),
        created_at=business_now(),
    )
    for each in (terms.rail, *terms.also):
        AgreementRail.objects.create(
            agreement=agreement,
            rail=each.rail,
            cutoff=each.cutoff,
            timezone=each.timezone,
            settlement_days=each.settlement_days,
            message_version=each.message_version,
            instruction_limit_minor=each.instruction_limit_minor,
            approval_above_minor=each.approval_above_minor,
        )
    _audit(staff, "agreement.drafted", agreement.public_id, {"bank": bank})
    return agreement


def file_rails() -> list[str]:
    """Return the names of the rails by which files can go.

    Transaction: none.
    """
    return rails_offering("batch")


def _check_rail(terms: RailTerms, known: Iterable[str]) -> None:
    """Refuse a rail that is not one of those known, and a version that cannot be written."""
    wrong = {
        "rail": "" if terms.rail in known else terms.rail,
        "message_version": "" if terms.message_version in VERSIONS else terms.message_version,
    }
    for field, detail in wrong.items():
        if detail:
            raise InputInvalid(field_errors={field: [{"code": "unknown", "detail": detail}]})


@owns
def sign_agreement(
    *, staff: "Person | None", agreement_id: str, signatures: Signatures
) -> BankAgreement:
    """Record that both sides signed.

    Changes: the agreement's state with its history, an audit entry.

    Args:
        staff: Who records it.
        agreement_id: The agreement's public id.
        signatures: The document's hash and the two names.

    Raises:
        NotFound: There is no such agreement.
        StateConflict: It is no draft.
        InputInvalid: The hash is none, or the signatories are not two.

    Transaction: owns.
    """
    agreement = _locked(agreement_id)
    is_hash = _SHA256.fullmatch(signatures.document_sha256.lower())
    names = {signatures.bank_signatory.strip(), signatures.operator_signatory.strip()}
    if is_hash is None or "" in names or len(names) == 1:
        raise InputInvalid
    moment = business_now()
    agreement.document_sha256 = signatures.document_sha256.lower()
    agreement.bank_signatory = signatures.bank_signatory.strip()
    agreement.operator_signatory = signatures.operator_signatory.strip()
    agreement.signed_at = moment
    _move(agreement, AgreementState.SIGNED, moment=moment, by=staff, reason="signed by both")
    _audit(staff, "agreement.signed", agreement_id, {"document": agreement.document_sha256})
    return agreement


@owns
def move_agreement(*, staff: "Person", agreement_id: str, state: str, reason: str) -> BankAgreement:
    """Make an agreement live, suspend it, take it up again or terminate it.

    What a country loses by it shows at the next payment, because the rule reads agreements
    there and then.

    Changes: the agreement's state with its history, an audit entry. Publishes
    ``capability.changed`` for each capability it covers.

    Args:
        staff: Who decides.
        agreement_id: The agreement's public id.
        state: ``live``, ``suspended`` or ``terminated``.
        reason: In words, for the audit.

    Raises:
        NotFound: There is no such agreement.
        StateConflict: It cannot go there from where it is.

    Transaction: owns.
    """
    agreement = _locked(agreement_id)
    before = agreement.state
    _move(agreement, state, moment=business_now(), by=staff, reason=reason)
    _audit(staff, f"agreement.{state}", agreement_id, {"before": before}, reason)
    return agreement


def expire_agreements(*, moment: datetime) -> int:
    """Expire the agreements whose last day is over, each in its own transaction.

    Args:
        moment: The business moment; the last day ends where the bank is.

    Returns:
        How many expired.

    Transaction: none (each owns its own).
    """
    standing = [AgreementState.SIGNED, AgreementState.LIVE, AgreementState.SUSPENDED]
    ending = BankAgreement.objects.filter(state__in=standing, valid_to_date__isnull=False)
    ids = [
        agreement.public_id
        for agreement in ending.select_related("bank").order_by("id")
        if agreement.valid_to_date is not None
        and end_of_day(day=agreement.valid_to_date, timezone=agreement.bank.timezone) <= moment
    ]
    for public_id in ids:
        _expire(agreement_id=public_id, moment=moment)
    return len(ids)


@owns
def record_clearance(*, staff: "Person | None", clearance: NewClearance) -> RegulatorClearance:
    """Record a regulator's clearance.

    Changes: the clearance, an audit entry.

    Args:
        staff: Who records it.
        clearance: What was cleared, from when, on which conditions.

    Raises:
        NotFound: The country is not known.
        InputInvalid: The capability is not one, it ends before it begins, or a notice has no day.

    Transaction: owns.
    """
    country = Country.objects.filter(iso2=clearance.country).first()
    if country is None:
        raise NotFound
    if clearance.capability and clearance.capability not in Capability.values:
        raise InputInvalid
    _check_days(clearance.valid_from_date, clearance.valid_to_date)
    if clearance.notice_days and clearance.notified_date is None:
        raise InputInvalid
    row = RegulatorClearance.objects.create(
        country=country,
        capability=clearance.capability,
        scheme=clearance.scheme,
        instrument=clearance.instrument,
        valid_from_date=clearance.valid_from_date,
        valid_to_date=clearance.valid_to_date,
        notified_date=clearance.notified_date,
        notice_days=clearance.notice_days,
        max_users=clearance.max_users,
        conditions=clearance.conditions,
        evidence=clearance.evidence,
        recorded_at=business_now(),
    )
    _audit(staff, "clearance.recorded", clearance.country, {"instrument": row.instrument})
    return row


@owns
def _expire(*, agreement_id: str, moment: datetime) -> None:
    agreement = _locked(agreement_id)
    if AGREEMENT_MOVES.allows(agreement.state, AgreementState.EXPIRED):
        _move(agreement, AgreementState.EXPIRED, moment=moment, by=None, reason="last day over")


def _check_days(first: date, last: date | None) -> None:
    """Refuse what ends before it begins."""
    if last is not None and last < first:
        raise InputInvalid


def _locked(agreement_id: str) -> BankAgreement:
    rows = BankAgreement.objects.select_for_update(of=("self",)).select_related("bank__country")
    agreement = rows.filter(public_id=agreement_id).first()
    if agreement is None:
        raise NotFound
    return agreement


def _move(
    agreement: BankAgreement, state: str, *, moment: datetime, by: "Person | None", reason: str
) -> None:
    """Change a state: the row, its history and the news of it."""
    old = agreement.state
    AGREEMENT_MOVES.check(old, state)
    agreement.state = state
    agreement.save()
    AgreementMove.objects.create(
        agreement=agreement, from_state=old, to_state=state, at=moment, by=by, reason=reason
    )
    for capability in agreement.capabilities:
        publish(
            "capability.changed",
            country=agreement.bank.country.iso2,
            capability=capability,
        )


def _audit(
    staff: "Person | None",
    action: str,
    object_ref: str,
    after: dict[str, object],
    reason: str = "",
) -> None:
    record(actor=staff, action=action, object_ref=object_ref, before={}, after=after, reason=reason)
