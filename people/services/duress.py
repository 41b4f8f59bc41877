"""Duress: a second PIN for whoever is forced to pay.

It approves like the PIN, and nothing on the phone tells the two apart. From its first use on the
person can send only a little, counted together, until staff have spoken with them: payments up to
the country's ``duress_minor`` are real, larger ones and whatever else asks for a proof are refused
as when the database is away. Their own PIN, a passkey or another
device change nothing about it: who forces somebody once can force them twice.

Here the PIN is chosen, staff are told, and staff lift it. ``services.tries`` notes its use,
``services.challenges`` refuses what is no payment, and ``payments`` counts the money.
"""

import structlog
from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import InputInvalid, NotFound, StateConflict
from core.events import publish
from core.transactions import owns
from people.enums import ChallengePurpose
from people.models import Device, Person, PinDevice
from people.services import audit, challenges
from people.services.hashes import hash_pin
from people.services.pins import NewPin, PinTooEasy, check_new_pin
from people.services.proofs import PinEvidence

FEWEST_DIFFERENCES = 2
TOLD_AT_ONCE = 100

logger = structlog.get_logger(__name__)


def set_duress_pin(
    *, person: Person, device: Device, new: NewPin | None, approval: challenges.Approval
) -> None:
    """Choose the duress PIN, choose another, or do without.

    Nothing tells afterwards whether there is one: no answer, no news, no page.

    Changes: the ``PinDevice``; the challenge and the proof are used up.

    Args:
        person: Who has a PIN.
        device: The device that the call came from.
        new: The duress PIN, typed twice; None takes it away.
        approval: A challenge with purpose ``duress``, and the PIN with the device's signature
            over its digest. A passkey will not do: only the PIN itself shows whether the two
            are too alike.

    Raises:
        InputInvalid: It is not six digits, the two differ, or the proof is no PIN.
        PinTooEasy: As for the PIN, or fewer than two digits differ from it: a slip of the
            finger must not call for help.
        ProofRejected: Wrong PIN, signature or challenge: they look alike.
        StateConflict: The PIN was changed meanwhile.

    Transaction: owns (several; the try is counted in its own).
    """
    evidence = approval.evidence
    if not isinstance(evidence, PinEvidence):
        wrong = [{"code": "invalid", "detail": str(_("Approve it with your PIN."))}]
        raise InputInvalid(field_errors={"proof": wrong})
    if new is not None:
        check_new_pin(person, new)
    approved = challenges.prove_challenge(
        person=person, device=device, purpose=ChallengePurpose.DURESS, approval=approval
    )
    if new is not None and _differences(new.pin, evidence.pin) < FEWEST_DIFFERENCES:
        raise PinTooEasy(_("Choose one that differs from your PIN in at least two digits."))
    row = PinDevice.objects.get(user=person)
    # Made also where the duress PIN is taken away, so that the time does not tell which it was.
    made = hash_pin(person.id, new.pin if new else evidence.pin, like=row.pin_hash)
    _keep(approved, row, made if new else "")


@owns
def tell_staff() -> int:
    """Tell staff of those who began to pay under duress; called by the clock.

    Publishes ``person.coerced``, which no device hears.

    Changes: ``duress_told_at``, an audit entry of the house for each person.

    Returns:
        How many were told of.

    Transaction: owns.
    """
    rows = PinDevice.objects.select_for_update(skip_locked=True, of=("self",))
    waiting = rows.select_related("user").filter(
        duress_since__isnull=False, duress_told_at__isnull=True
    )
    found = list(waiting.order_by("id")[:TOLD_AT_ONCE])
    for row in found:
        PinDevice.objects.filter(pk=row.pk).update(duress_told_at=business_now())
        _note(None, row.user, is_coerced=True, reason="")
        publish("person.coerced", person_id=row.user_id)
        logger.warning("person_coerced", person_id=row.user_id)
    return len(found)


@owns
def lift_duress(*, staff: Person, login: str, reason: str) -> None:
    """Let a person pay as usual again, after staff have spoken with them.

    Changes: ``duress_since`` and ``duress_told_at``, an audit entry.

    Args:
        staff: Who does it.
        login: Of the person.
        reason: How they made sure.

    Raises:
        NotFound: There is no such person.
        StateConflict: They do not pay under duress.

    Transaction: owns.
    """
    person = Person.objects.filter(login=login, party__isnull=False).first()
    if person is None:
        raise NotFound
    standing = PinDevice.objects.filter(user=person, duress_since__isnull=False)
    if not standing.update(duress_since=None, duress_told_at=None):
        raise StateConflict(_("They do not pay under duress."))
    _note(staff, person, is_coerced=False, reason=reason)


@owns
def _keep(approved: challenges.Approved, row: PinDevice, duress_hash: str) -> None:
    """Keep the hash beside the PIN that it was made like."""
    challenges.use_up(approved=approved, moment=business_now())
    kept = PinDevice.objects.filter(pk=row.pk, pin_hash=row.pin_hash)
    if not kept.update(duress_hash=duress_hash):
        raise StateConflict


def _differences(one: str, other: str) -> int:
    """Return in how many places two PINs differ."""
    return sum(a != b for a, b in zip(one, other, strict=True))


def _note(staff: Person | None, person: Person, *, is_coerced: bool, reason: str) -> None:
    audit.record(
        actor=staff,
        action="person.coerced" if is_coerced else "person.duress_lifted",
        object_ref=person.login,
        before={"coerced": not is_coerced},
        after={"coerced": is_coerced},
        reason=reason,
    )
