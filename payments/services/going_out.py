"""Going-out mode: for an evening, less can be sent, whoever holds the phone.

Switching it on and making it tighter works at once and needs no proof: it can only protect.
Making it looser, or ending it early, needs a PIN or passkey over a challenge. It ends by itself.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import CurrencyMismatch, InputInvalid, NotFound, StateConflict
from core.events import publish
from core.money import Money
from core.transactions import owns
from payments.models import LimitSettings
from payments.queries.countries import country_by_iso2
from payments.queries.limits import is_out
from payments.services.rules import party_id_of
from people.services import challenges
from people.services.audit import record as record_act
from people.services.turns import take_turn

if TYPE_CHECKING:
    from people.models import Device, Person

PURPOSE = "going_out"
LONGEST = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Outing:
    """What going-out mode allows: for a payment, for a day, and until when.

    Attributes:
        per_payment: The most that one payment may be; None for no limit of its own.
        per_day: The most that may be sent in a day; None for no limit of its own.
        until: When it ends by itself.
    """

    per_payment: Money | None
    per_day: Money | None
    until: datetime


class StillOut(StateConflict):
    """Going-out mode is on, and this would make it looser."""

    words = _("You are in going-out mode. Make it tighter, or end it with your PIN first.")


def go_out(*, person: "Person", outing: Outing) -> LimitSettings:
    """Switch going-out mode on, or make it tighter. The payments under way are waited for.

    Changes: the ``LimitSettings``; the audit trail. Publishes: ``going_out.begun``.

    Args:
        person: Who goes out.
        outing: How much, and until when: later than now, at most 30 days.

    Raises:
        InputInvalid: No amount at all, or a moment that will not do.
        CurrencyMismatch: Not the currency of the person's country.
        StillOut: It is on, and this would allow more or end earlier.
        TooManyRequests: The person's payments did not make room.

    Transaction: owns.
    """
    with take_turn(person.id):
        return _go_out(person=person, outing=outing)


def come_home(
    *, person: "Person", device: "Device", approval: challenges.Approval
) -> LimitSettings:
    """End going-out mode before its time, on the person's proof.

    Changes: the ``LimitSettings``; the challenge and the proof are used up; the audit trail.
    Publishes: ``going_out.ended``.

    Args:
        person: Who comes home.
        device: The device the call came from.
        approval: A challenge with purpose ``going_out``, and evidence over its digest.

    Raises:
        ProofRejected: Wrong PIN, signature or challenge: they look alike.
        StateConflict: Going-out mode is not on.
        TooManyRequests: Too many proofs at once.

    Transaction: owns (several; the try is counted in its own).
    """
    approved = challenges.prove_challenge(
        person=person, device=device, purpose=PURPOSE, approval=approval
    )
    return _come_home(person=person, approved=approved)


@owns
def _go_out(*, person: "Person", outing: Outing) -> LimitSettings:
    moment = business_now()
    _check(person, outing, moment)
    row, _created = LimitSettings.objects.select_for_update(no_key=True).get_or_create(
        party_id=party_id_of(person), defaults={"changed_at": moment}
    )
    per_payment, per_day = _minor(outing.per_payment), _minor(outing.per_day)
    before = _shown(row)
    if is_out(row, moment):
        _refuse_looser(row, (per_payment, per_day), outing.until)
    else:
        row.out_from = moment
    row.out_until = outing.until
    row.out_per_payment, row.out_per_day = per_payment, per_day
    row.changed_at = moment
    row.save()
    _note(person, "going_out.begun", before, _shown(row))
    publish("going_out.begun", person_id=person.id)
    return row


@owns
def _come_home(*, person: "Person", approved: challenges.Approved) -> LimitSettings:
    moment = business_now()
    challenges.use_up(approved=approved, moment=moment)
    row = (
        LimitSettings.objects.select_for_update(no_key=True)
        .filter(party_id=party_id_of(person))
        .first()
    )
    if row is None or not is_out(row, moment):
        raise StateConflict(_("Going-out mode is not on."))
    before = _shown(row)
    row.out_until = moment
    row.changed_at = moment
    row.save(update_fields=["out_until", "changed_at"])
    _note(person, "going_out.ended", before, _shown(row))
    publish("going_out.ended", person_id=person.id)
    return row


def _check(person: "Person", outing: Outing, moment: datetime) -> None:
    """Refuse what is no outing."""
    if outing.per_payment is None and outing.per_day is None:
        raise InputInvalid(
            field_errors={
                "per_day": [{"code": "required", "detail": str(_("An amount, or both."))}]
            }
        )
    if not moment < outing.until <= moment + LONGEST:
        detail = _("Later than now, and at most %(days)d days from now.") % {"days": LONGEST.days}
        raise InputInvalid(field_errors={"until": [{"code": "invalid", "detail": detail}]})
    country = country_by_iso2(person.party.country) if person.party else None
    if country is None:
        raise NotFound
    amounts = [each for each in (outing.per_payment, outing.per_day) if each is not None]
    if any(each.currency != country.currency for each in amounts):
        raise CurrencyMismatch


def _refuse_looser(
    row: LimitSettings, asked: tuple[int | None, int | None], until: datetime
) -> None:
    """Refuse what allows more than is allowed now, or ends earlier."""
    now = (row.out_per_payment, row.out_per_day)
    is_looser = any(
        old is not None and (new is None or new > old) for old, new in zip(now, asked, strict=True)
    )
    if is_looser or (row.out_until is not None and until < row.out_until):
        raise StillOut


def _minor(money: Money | None) -> int | None:
    return money.amount_minor if money is not None else None


def _shown(row: LimitSettings) -> dict[str, object]:
    return {
        "per_payment": row.out_per_payment,
        "per_day": row.out_per_day,
        "until": row.out_until.isoformat() if row.out_until else None,
    }


def _note(
    person: "Person", action: str, before: dict[str, object], after: dict[str, object]
) -> None:
    record_act(
        actor=person,
        action=action,
        object_ref=person.party.public_id if person.party else "",
        before=before,
        after=after,
    )
