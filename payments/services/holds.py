"""A regulator's orders to stop: one person imposes, two lift.

Stopping must be fast, so one person is enough; starting again is where a mistake or a stolen
login would cost, so two different people are needed. The hold is in force from the commit that
writes it: see ``payments.services.availability.require_open``.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from core.clock import business_now, wall_now
from core.errors import InputInvalid, NotFound, StateConflict, TrocoError
from core.events import publish
from core.ids import new_id
from core.tasks import hasten
from core.transactions import joins, owns
from payments.enums import Capability, HoldLevel
from payments.models import Bank, ClaimTry, Country, HoldLift, RegulatorHold
from payments.services.availability import CapabilityClosed
from payments.services.capability_moves import lock_capabilities
from people.queries import PartyFacts, party_by_public_id
from people.services.audit import record

if TYPE_CHECKING:
    from people.models import Person

PEOPLE_TO_LIFT = 2
LARGEST_DOCUMENT = 5 * 1024 * 1024
_CARRIED_OUT = (
    "payment.authorized",
    "payment.claimed",
    "payment.turned_back",
    "refund.approved",
    "line.going_back",
)
"""From these on money moves by duties, which a hold that stops everything keeps waiting."""


class SecondPersonNeeded(TrocoError):
    """Somebody tried to be both of the two people that are needed."""

    code = "second_person_needed"
    http_status = 409
    words = _("Two different people are needed. Ask a colleague to approve it too.")


@dataclass(frozen=True, slots=True)
class HoldOrder:
    """What an authority orders to be stopped.

    Attributes:
        country: Two-letter code.
        level: ``stop_new`` or ``stop_all``.
        reason: In words, for the audit.
        legal_reference: The order it follows.
        capability: Code; empty for every one.
        bank: A bank's slug, where the order covers that bank alone.
        party: A party's public id, where it covers one person or business alone.
        starts_at: The business moment it begins; None, or one that has passed, is at once.
        document: The paper itself.
        document_name: The name of its file.
    """

    country: str
    level: str
    reason: str
    legal_reference: str
    capability: str = ""
    bank: str = ""
    party: str = ""
    starts_at: datetime | None = None
    document: bytes = b""
    document_name: str = ""


@owns
def impose_hold(
    *,
    staff: "Person",
    country: str,
    capability: str,
    level: str,
    reason: str,
    legal_reference: str,
) -> RegulatorHold:
    """Stop new business of a country, or all business, at once: the plainest order.

    Changes, raises: as ``impose_order``.

    Args:
        staff: Who imposes it.
        country: Two-letter code.
        capability: Code, or empty for the whole country.
        level: ``stop_new`` or ``stop_all``.
        reason: In words, for the audit.
        legal_reference: The order it follows.

    Transaction: owns.
    """
    order = HoldOrder(country, level, reason, legal_reference, capability)
    return _impose(staff=staff, order=order)


@owns
def impose_order(*, staff: "Person", order: HoldOrder) -> RegulatorHold:
    """Stop what an order names, from the commit on or from the moment that it names.

    Changes: the hold, an audit entry. Publishes ``hold.imposed``. Waits for the payments that
    are being written in its scope; every later one sees it.

    Args:
        staff: Who imposes it.
        order: What is stopped, how far, and by whose word.

    Raises:
        NotFound: The country, the bank there, or the party there is not known.
        InputInvalid: The scope or level is unknown, no reason is given, or the paper is too
            large or has no name.

    Transaction: owns.
    """
    return _impose(staff=staff, order=order)


@joins
def _impose(*, staff: "Person", order: HoldOrder) -> RegulatorHold:
    """Write a hold; the capability's rows are locked until the caller's commit."""
    _check(order)
    country, bank, party = _scope(order)
    lock_capabilities(country=order.country, capability=order.capability)
    moment = business_now()
    later = order.starts_at if order.starts_at and order.starts_at > moment else None
    hold = RegulatorHold.objects.create(
        public_id=new_id("hld"),
        country=country,
        capability=order.capability,
        bank=bank,
        party_id=party.id if party else None,
        level=order.level,
        reason=order.reason,
        legal_reference=order.legal_reference,
        document=order.document or None,
        document_name=order.document_name if order.document else "",
        document_sha256=sha256(order.document).hexdigest() if order.document else "",
        imposed_by=staff,
        imposed_at=moment,
        starts_at=later,
    )
    _audit(hold, staff, "hold.imposed", order.reason)
    publish("hold.imposed", hold_id=hold.public_id)
    return hold


@owns
def approve_lift(*, staff: "Person", hold_id: str, reason: str) -> RegulatorHold:
    """Approve lifting a hold; the second approval lifts it.

    Changes: an approval; with the second the hold is lifted. An audit entry for each.
    Publishes ``hold.lifted`` with the second.

    Args:
        staff: Who approves. One person's second approval is refused.
        hold_id: The hold's public id.
        reason: In words, for the audit.

    Raises:
        NotFound: There is no such hold.
        StateConflict: It is lifted already.
        SecondPersonNeeded: This person approved already.

    Transaction: owns.
    """
    hold = RegulatorHold.objects.select_for_update().filter(public_id=hold_id).first()
    if hold is None:
        raise NotFound
    if hold.lifted_at is not None:
        raise StateConflict(state="lifted", asked="lifted")
    approvers = list(hold.lifts.order_by("ordinal").values_list("by_id", flat=True))
    if staff.pk in approvers:
        raise SecondPersonNeeded
    moment = business_now()
    ordinal = len(approvers) + 1
    HoldLift.objects.create(hold=hold, ordinal=ordinal, by=staff, at=moment, reason=reason)
    _audit(hold, staff, "hold.lift_approved", reason)
    if ordinal == PEOPLE_TO_LIFT:
        hold.lifted_at = moment
        hold.save(update_fields=["lifted_at"])
        _audit(hold, staff, "hold.lifted", reason)
        publish("hold.lifted", hold_id=hold.public_id)
    return hold


@owns
def hand_over(*, staff: "Person", hold_id: str, what: str) -> None:
    """Note that somebody takes a hold's record or its paper away.

    Changes: an audit entry.

    Args:
        staff: Who takes it.
        hold_id: The hold's public id.
        what: ``record`` or ``document``.

    Transaction: owns.
    """
    record(
        actor=staff,
        action=f"hold.{what}_exported",
        object_ref=hold_id,
        before={},
        after={},
        reason="",
    )


@owns
def hasten_waiting(*, hold_id: str) -> int:
    """Let what waited because of a hold look again at once, now that it is lifted.

    Other holds may still stop some of it; that waits on.

    Changes: duties and tries of waiting claims that were put off; they are due now.

    Args:
        hold_id: The hold's public id.

    Returns:
        How many duties and claims it was.

    Transaction: owns.
    """
    lifted = RegulatorHold.objects.filter(public_id=hold_id, lifted_at__isnull=False)
    if not lifted.exists():
        return 0
    now = wall_now()
    claims = ClaimTry.objects.filter(refused_with=CapabilityClosed.code, try_at__gt=now)
    return hasten(events=_CARRIED_OUT) + claims.update(try_at=now)


def _check(order: HoldOrder) -> None:
    """Refuse an order that says nothing, or that no scope or level fits."""
    if order.capability and order.capability not in Capability.values:
        wrong = [{"code": "unknown", "detail": order.capability}]
        raise InputInvalid(field_errors={"capability": wrong})
    is_said = order.reason.strip() and order.legal_reference.strip()
    if order.level not in HoldLevel.values or not is_said or (order.bank and order.party):
        raise InputInvalid
    if len(order.document) > LARGEST_DOCUMENT or (order.document and not order.document_name):
        told = str(_("A document has at most 5 MB."))
        raise InputInvalid(field_errors={"document": [{"code": "too_large", "detail": told}]})


def _scope(order: HoldOrder) -> tuple[Country, Bank | None, PartyFacts | None]:
    """Return what an order covers; a bank or party of another country is none.

    Raises:
        NotFound: It is not known.
    """
    country = Country.objects.filter(iso2=order.country).first()
    bank = Bank.objects.filter(slug=order.bank, country=country).first() if order.bank else None
    party = party_by_public_id(order.party) if order.party else None
    if country is None or (order.bank and bank is None):
        raise NotFound
    if order.party and (party is None or party.country != order.country):
        raise NotFound
    return country, bank, party


def _audit(hold: RegulatorHold, staff: "Person", action: str, reason: str) -> None:
    record(
        actor=staff,
        action=action,
        object_ref=hold.public_id,
        before={},
        after={
            "capability": hold.capability or "all",
            "bank": hold.bank.slug if hold.bank else "",
            "party": hold.party_id,
            "document": hold.document_sha256,
            "level": hold.level,
            "legal_reference": hold.legal_reference,
            "lifted": hold.lifted_at is not None,
        },
        reason=reason,
    )
