"""Freezing: a person stops their own payments with one tap, or staff stop them.

Freezing asks for no proof, because whoever fears for their money has no time; unfreezing asks
for one, because whoever holds a stolen phone could tap as well. Only sending stops: money that
comes in, messages and orders go on.

What was proven before the freeze pays nothing after it: payments ask again inside their own
transaction, and one that had asked already is waited for.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import NotFound, StateConflict, TooManyRequests, TrocoError
from core.events import publish
from core.idempotency import record
from core.ids import new_id
from core.transactions import owns
from people.enums import ChallengePurpose, FrozenBy
from people.models import Device, Freeze, Person
from people.queries import standing_freezes
from people.services import audit, challenges
from people.services.pins import stop_recovery
from people.services.turns import take_turn

WAITED_FOR_SECONDS = 5.0
"""Longer than a statement of a payment may wait for a lock."""


class Frozen(TrocoError):
    """The person's payments are frozen; who may lift it is told by ``GET /v1/me/freeze``."""

    code = "frozen"
    http_status = 403
    words = _("Your payments are frozen. Unfreeze them before you pay; receiving goes on.")


@dataclass(frozen=True, slots=True)
class FreezeState:
    """How a person's freeze stands.

    Attributes:
        is_frozen: Whether payments are refused.
        frozen_at: Since when; None when they are not.
        by: ``person`` or ``staff``: who has to lift it; staff where both froze.
        device_name: On which of the person's devices it was tapped; empty for staff.
    """

    is_frozen: bool
    frozen_at: datetime | None = None
    by: str | None = None
    device_name: str = ""


def freeze_state(person: Person) -> FreezeState:
    """Return how a person's freeze stands; one query.

    Transaction: none.
    """
    standing = standing_freezes(person)
    if not standing:
        return FreezeState(is_frozen=False)
    last = max(standing, key=lambda each: each.by == FrozenBy.STAFF)
    name = last.device.name if last.device else ""
    return FreezeState(
        is_frozen=True, frozen_at=standing[0].frozen_at, by=last.by, device_name=name
    )


def freeze(*, person: Person, device: Device) -> FreezeState:
    """Freeze the payments of the person who asks; twice is as good as once.

    It holds from its commit on, and is told when no payment is under way any more that had looked
    before: what is not there then will not come.

    A recovery of the PIN under way ends: the notice of a recovery is shown with the button that
    freezes, and whoever pressed it must not find a new PIN lifting their freeze.

    Changes: a ``Freeze``, a ``PinRecovery`` under way. Publishes ``person.frozen`` the first
    time, and ``recovery.cancelled``.

    Args:
        person: Whose payments stop.
        device: The device that was tapped: any of theirs.

    Transaction: owns (then it waits for the person's turn, five seconds at most).
    """
    state = _freeze(person=person, device=device)
    _wait_for_payments(person)
    return state


def _wait_for_payments(person: Person) -> None:
    """Return when no payment is under way any more that had looked before the freeze."""
    with suppress(TooManyRequests), take_turn(person.id, patience=WAITED_FOR_SECONDS):
        return


@owns
def _freeze(*, person: Person, device: Device) -> FreezeState:
    """Write the freeze.

    Transaction: owns.
    """
    moment = business_now()
    fresh = Freeze(
        public_id=new_id("frz"),
        person=person,
        by=FrozenBy.PERSON,
        device=device,
        frozen_at=moment,
    )
    Freeze.objects.bulk_create([fresh], ignore_conflicts=True)
    if Freeze.objects.filter(public_id=fresh.public_id).exists():
        publish("person.frozen", person_id=person.id)
    stop_recovery(person=person, moment=moment)
    state = freeze_state(person)
    record(state)
    return state


def unfreeze(*, person: Person, device: Device, approval: challenges.Approval) -> FreezeState:
    """Let a person pay again, on their proof.

    Changes: their ``Freeze``; the challenge and the proof are used up. Publishes
    ``person.unfrozen``. A freeze of staff stays.

    Args:
        person: Whose payments go on.
        device: The device that the call came from.
        approval: A challenge with purpose ``unfreeze``, and evidence over its digest.

    Raises:
        ProofRejected: Wrong PIN, signature, passkey or challenge: they look alike.
        StateConflict: The person has frozen nothing.

    Transaction: owns (several; the try is counted in its own).
    """
    approved = challenges.prove_challenge(
        person=person, device=device, purpose=ChallengePurpose.UNFREEZE, approval=approval
    )
    return _lift_own(approved)


def freeze_by_staff(*, staff: Person, login: str, reason: str) -> Freeze:
    """Stop a person's payments by staff; only staff let them go on.

    Like the person's own freeze, it is told when no payment is under way any more.

    Changes: a ``Freeze``, an audit entry. Publishes ``person.frozen``.

    Args:
        staff: Who does it.
        login: Of the person.
        reason: Why; the person does not see it.

    Raises:
        NotFound: There is no such person.
        StateConflict: Staff have frozen them already.

    Transaction: owns (then it waits for the person's turn, five seconds at most).
    """
    made = _freeze_by_staff(staff=staff, login=login, reason=reason)
    _wait_for_payments(made.person)
    return made


@owns
def _freeze_by_staff(*, staff: Person, login: str, reason: str) -> Freeze:
    """Write the freeze of staff.

    Transaction: owns.
    """
    person = _person(login)
    if _standing(person, FrozenBy.STAFF) is not None:
        raise StateConflict(_("Their payments are frozen by staff already."))
    made = Freeze.objects.create(
        public_id=new_id("frz"),
        person=person,
        by=FrozenBy.STAFF,
        staff=staff,
        reason=reason,
        frozen_at=business_now(),
    )
    _note(staff, person, "frozen", reason)
    publish("person.frozen", person_id=person.id)
    return made


@owns
def unfreeze_by_staff(*, staff: Person, login: str, reason: str) -> None:
    """Lift the freeze that staff imposed; the person's own stays.

    Changes: the ``Freeze``, an audit entry. Publishes ``person.unfrozen``.

    Raises:
        NotFound: There is no such person.
        StateConflict: Staff have frozen nothing.

    Transaction: owns.
    """
    person = _person(login)
    standing = _standing(person, FrozenBy.STAFF)
    if standing is None:
        raise StateConflict(_("No freeze of staff stands."))
    Freeze.objects.filter(id=standing.id).update(lifted_at=business_now())
    _note(staff, person, "unfrozen", reason)
    publish("person.unfrozen", person_id=person.id)


@owns
def _lift_own(approved: challenges.Approved) -> FreezeState:
    """Use challenge and proof up, and lift."""
    now, person = business_now(), approved.person
    challenges.use_up(approved=approved, moment=now)
    standing = _standing(person, FrozenBy.PERSON)
    if standing is None:
        raise StateConflict(_("You have frozen nothing. What staff froze, staff lift."))
    Freeze.objects.filter(id=standing.id).update(lifted_at=now)
    publish("person.unfrozen", person_id=person.id)
    return freeze_state(person)


def _standing(person: Person, by: str) -> Freeze | None:
    """Return a person's freeze of one kind, locked."""
    rows = Freeze.objects.select_for_update().filter(person=person, lifted_at__isnull=True, by=by)
    return rows.first()


def _person(login: str) -> Person:
    person = Person.objects.filter(login=login, party__isnull=False).first()
    if person is None:
        raise NotFound
    return person


def _note(staff: Person, person: Person, done: str, reason: str) -> None:
    """Write the act into the audit trail."""
    audit.record(
        actor=staff,
        action=f"person.{done}",
        object_ref=person.login,
        before={"frozen": done != "frozen"},
        after={"frozen": done == "frozen"},
        reason=reason,
    )
