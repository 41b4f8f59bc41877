"""What the rules look at before one party pays another, in one round trip."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db import models
from django.db.models import DEFERRED

from core.prepared import ask
from payments.models import FundingSource
from payments.queries.countries import CapabilityFacts, capability_facts
from people.queries import REQUIRED_TERMS, PairFacts, read_pair

M = TypeVar("M", bound=models.Model)

_SITUATION = (
    "SELECT payments_situation_v5(%s::bigint, %s::bigint, %s::text, %s::text[], %s::timestamptz,"
    " NULL)"
)


@dataclass(frozen=True, slots=True)
class ScopedHold:
    """A hold that stands over one bank or one party; the other of the two is None."""

    level: str
    legal_reference: str
    bank: str | None
    party_id: int | None


@dataclass(frozen=True, slots=True)
class Situation:
    """How things stand between two parties at one moment.

    Attributes:
        open: The facts of the capability in the payee's country and, where it is another, in
            the payer's; a country that is not known is missing.
        pair: The two parties.
        receiving: The verified account that the payee receives on, or None.
        receiving_rail: The rail of its bank; empty where there is none.
        is_paid_out: Whether the payee has a payout account, as a shop must.
        holds: Those over one of the two parties, or over any one bank.
    """

    open: tuple[CapabilityFacts, ...]
    pair: PairFacts
    receiving: FundingSource | None
    receiving_rail: str
    is_paid_out: bool
    holds: tuple[ScopedHold, ...] = ()


def read_situation(payer_id: int, payee_id: int, kind: str, moment: datetime) -> Situation:
    """Return how things stand for a payment of a kind, without locking anything; one query.

    Args:
        payer_id: The party that would pay.
        payee_id: The party that would be paid.
        kind: A ``PaymentKind``.
        moment: The business moment.
    """
    row = ask(_SITUATION, [payer_id, payee_id, kind, list(REQUIRED_TERMS), moment])
    found = decoded(row[0]) if row else {}
    return make_situation(found, payer_id, payee_id, moment)


def make_situation(
    found: Mapping[str, Any], payer_id: int, payee_id: int, moment: datetime
) -> Situation:
    """Return what ``payments_situation_v5`` told, decoded, for these two parties."""
    return Situation(
        open=tuple(capability_facts(row, moment) for row in found["open"] if row),
        pair=read_pair(found["people"], payer_id, payee_id),
        receiving=row_of(FundingSource, found["receiving"]),
        receiving_rail=found["receiving_rail"] or "",
        is_paid_out=found["is_paid_out"],
        holds=tuple(ScopedHold(*row) for row in found["holds"]),
    )


def decoded(value: Any) -> Any:
    """Return JSON from the database as Python values; Django hands it over as text."""
    return json.loads(value) if isinstance(value, str) else value


def row_of(model: type[M], found: Mapping[str, Any] | None) -> M | None:
    """Return a row that a function told as JSON; columns that it left out are deferred."""
    if found is None:
        return None
    fields = model._meta.concrete_fields  # noqa: SLF001 - Django's documented door.
    values = [_value(field, found.get(field.attname, DEFERRED)) for field in fields]
    names = [field.attname for field in fields if field.attname in found]
    return model.from_db("default", names, [each for each in values if each is not DEFERRED])


def _value(field: Any, value: Any) -> Any:
    """Return a value as its column gives it: JSON has neither moments nor bytes."""
    if isinstance(value, str) and isinstance(field, models.DateTimeField):
        return datetime.fromisoformat(value)
    if isinstance(value, str) and isinstance(field, models.BinaryField):
        return bytes.fromhex(value.removeprefix("\\x"))
    return value
