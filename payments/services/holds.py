"""A regulator's orders to stop: one person imposes, two lift.

Stopping must be fast, so one person is enough; starting again is where a mistake or a stolen
login would cost, so two different people are needed. The hold is in force from the commit that
writes it: see ``payments.services.availability.require_open``.
"""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import InputInvalid, NotFound, StateConflict, TrocoError
from core.events import publish
from core.ids import new_id
from core.transactions import owns
from payments.enums import Capability, HoldLevel
from payments.models import Country, HoldLift, RegulatorHold
from payments.services.availability import lock_capabilities
from people.services.audit import record

if TYPE_CHECKING:
    from people.models import Person

PEOPLE_TO_LIFT = 2


class SecondPersonNeeded(TrocoError):
    """Somebody tried to be both of the two people that are needed."""

    code = "second_person_needed"
    http_status = 409
    words = _("Two different people are needed. Ask a colleague to approve it too.")


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
    """Stop new business, or all business, at once.

    Changes: the hold, an audit entry. Publishes ``hold.imposed``. Waits for the payments that
    are being written in its scope; every later one sees it.

    Args:
        staff: Who imposes it.
        country: Two-letter code.
        capability: Code, or empty for the whole country.
        level: ``stop_new`` or ``stop_all``.
        reason: In words, for the audit.
        legal_reference: The order it follows.

    Raises:
        NotFound: The country is not known.
        InputInvalid: The scope or level is unknown, or no reason is given.

    Transaction: owns.
    """
    if capability and capability not in Capability.values:
        raise InputInvalid(field_errors={"capability": [{"code": "unknown", "detail": capability}]})
    if level not in HoldLevel.values or not reason.strip() or not legal_reference.strip():
        raise InputInvalid
    found = Country.objects.filter(iso2=country).first()
    if found is None:
        raise NotFound
    lock_capabilities(country=country, capability=capability)
    hold = RegulatorHold.objects.create(
        public_id=new_id("hld"),
        country=found,
        capability=capability,
        level=level,
        reason=reason,
        legal_reference=legal_reference,
        imposed_by=staff,
        imposed_at=business_now(),
    )
    _audit(hold, staff, "hold.imposed", reason)
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


def _audit(hold: RegulatorHold, staff: "Person", action: str, reason: str) -> None:
    record(
        actor=staff,
        action=action,
        object_ref=hold.public_id,
        before={},
        after={
            "capability": hold.capability or "all",
            "level": hold.level,
            "legal_reference": hold.legal_reference,
            "lifted": hold.lifted_at is not None,
        },
        reason=reason,
    )
