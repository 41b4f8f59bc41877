"""What people choose for their own limits: lower at once, higher after 24 hours.

Nobody can choose more than the country's rule allows, and whoever holds a stolen phone must wait
a day before a raise does anything, while the owner sees it waiting and can take it back.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import CurrencyMismatch, InputInvalid, NotFound, TrocoError
from core.events import publish
from core.money import Money
from core.transactions import owns
from payments.enums import LimitCondition, LimitMeasure, LimitSide, PaymentKind
from payments.limits import LATE_NIGHT_BEGINS_HOUR, NIGHT_BEGINS_HOUR, RAISE_WAITS
from payments.models import LimitSettings, PersonalLimit
from payments.queries.countries import country_by_iso2
from payments.queries.limits import Holder, Limit, limits_of, night_begins
from payments.services.rules import party_id_of
from people.queries import parties_by_ids
from people.services.audit import record as record_act
from people.services.turns import take_turn

if TYPE_CHECKING:
    from people.models import Person


class LimitTooHigh(TrocoError):
    """A person chose more than the country's rule allows."""

    code = "limit_too_high"
    http_status = 422
    words = _("You may choose less than the country's limit, not more.")


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a person wants of one limit.

    Attributes:
        kind: The kind of payment, as ``GET /v1/limits`` names it.
        name: The limit's name.
        limit: Money or a number of payments; None for the country's own rule again.
    """

    kind: str
    name: str
    limit: Money | int | None


def choose_limit(*, person: "Person", chosen: Chosen) -> None:
    """Set a person's own limit below the country's.

    What is lower holds at once and takes back a raise that waits; so does what holds already.
    What is higher holds 24 hours later. The person's payments under way are waited for, so
    after a lowering nothing passes that was allowed before.

    Changes: the ``PersonalLimit``; the audit trail. Publishes: ``limit.chosen``.

    Args:
        person: Whose limit.
        chosen: Which one, and how much.

    Raises:
        NotFound: There is no such limit of what the person sends, or it cannot be chosen.
        InputInvalid: Money was given for a number, or a number for money.
        CurrencyMismatch: Another currency.
        LimitTooHigh: More than the country's rule allows.
        TooManyRequests: The person's payments did not make room.

    Transaction: owns.
    """
    with take_turn(person.id):
        _choose(person=person, chosen=chosen)


def choose_night(*, person: "Person", begins: int) -> None:
    """Let a person's night begin at 20:00, at once, or at 22:00, after 24 hours.

    Changes: the ``LimitSettings``; the audit trail. Publishes: ``night.chosen``.

    Raises:
        InputInvalid: Neither of the two hours.
        TooManyRequests: The person's payments did not make room.

    Transaction: owns.
    """
    if begins not in {NIGHT_BEGINS_HOUR, LATE_NIGHT_BEGINS_HOUR}:
        detail = _("%(early)d or %(late)d.") % {
            "early": NIGHT_BEGINS_HOUR,
            "late": LATE_NIGHT_BEGINS_HOUR,
        }
        raise InputInvalid(field_errors={"night_begins": [{"code": "invalid", "detail": detail}]})
    with take_turn(person.id):
        _choose_night(person=person, begins=begins)


def choosable(person: "Person", moment: datetime) -> list[Limit]:
    """Return the limits that a person may choose: of what it sends, and always in force.

    Transaction: none.
    """
    party = parties_by_ids([party_id_of(person)])[party_id_of(person)]
    country = country_by_iso2(party.country)
    if country is None:
        return []
    holder = Holder(party.id, party.tier or "", party.tier or "")
    found = limits_of(holder, country, [kind.value for kind in PaymentKind], moment)
    return [
        limit
        for limit in found
        if limit.side == LimitSide.SENT and limit.condition == LimitCondition.ALWAYS
    ]


@owns
def _choose(*, person: "Person", chosen: Chosen) -> None:
    moment, party_id = business_now(), party_id_of(person)
    limit = _find(person, chosen, moment)
    asked = _amount(limit, chosen.limit)
    wanted = limit.most if asked is None else asked
    if wanted > limit.most:
        raise LimitTooHigh(most=limit.most)
    after: dict[str, object] = {"value": wanted, "raised_to": None, "raised_from": None}
    if wanted == limit.most:
        # No choice any more, now or after the wait: the country's rule alone, whatever it will be.
        begins = moment + RAISE_WAITS if wanted > limit.own_cap else moment
        after = {"value": limit.own_cap, "raised_to": None, "raised_from": begins}
    elif wanted > limit.own_cap:
        after = {"value": limit.own_cap, "raised_to": wanted, "raised_from": moment + RAISE_WAITS}
    PersonalLimit.objects.update_or_create(
        party_id=party_id,
        kind=limit.kind,
        name=limit.name,
        defaults={**after, "changed_at": moment},
    )
    record_act(
        actor=person,
        action="limit.chosen",
        object_ref=f"{limit.kind} {limit.name}",
        before={"limit": limit.own_cap},
        after={name: str(value) for name, value in after.items() if value is not None},
    )
    publish("limit.chosen", person_id=person.id, limit_kind=limit.kind, name=limit.name)


@owns
def _choose_night(*, person: "Person", begins: int) -> None:
    moment, party_id = business_now(), party_id_of(person)
    row, _created = LimitSettings.objects.get_or_create(
        party_id=party_id, defaults={"changed_at": moment}
    )
    before = night_begins(row.late_night_from, moment)
    if begins == NIGHT_BEGINS_HOUR:
        row.late_night_from = None
    elif row.late_night_from is None:
        row.late_night_from = moment + RAISE_WAITS
    row.changed_at = moment
    row.save(update_fields=["late_night_from", "changed_at"])
    record_act(
        actor=person,
        action="night.chosen",
        object_ref=person.party.public_id if person.party else "",
        before={"night_begins": before},
        after={"night_begins": begins},
    )
    publish("night.chosen", person_id=person.id)


def _find(person: "Person", chosen: Chosen, moment: datetime) -> Limit:
    for limit in choosable(person, moment):
        if (limit.kind, limit.name) == (chosen.kind, chosen.name):
            return limit
    raise NotFound


def _amount(limit: Limit, value: Money | int | None) -> int | None:
    """Return what was chosen in the measure of the limit."""
    if value is None:
        return None
    if isinstance(value, Money) != (limit.measure == LimitMeasure.AMOUNT):
        raise InputInvalid(field_errors={"limit": [{"code": "invalid", "detail": limit.measure}]})
    if isinstance(value, int):
        return value
    if value.currency != limit.currency:
        raise CurrencyMismatch
    return value.amount_minor
