"""Finding people for staff: by id, number, login or the beginning of a name, masked."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.money import Money
from people.models import AuditEntry, Device, Party, Person
from people.phones import shown_phone

if TYPE_CHECKING:
    from django.db.models import QuerySet

MOST = 8
_PARTY, _DEVICE = "pty_", "dev_"
_SHORTEST_NAME = 2


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that a search found.

    Attributes:
        model: Whose page it has, as ``app_model``.
        pk: Its key there.
        title: What it is called; masked where it is a person's.
        detail: A few more words.
        amount: How much it is about.
    """

    model: str
    pk: int
    title: str
    detail: str
    amount: Money | None = None


def find_people(term: str) -> list[Found]:
    """Return persons whose number or login is just this, or whose party is.

    Transaction: none (one query).
    """
    rows = Person.objects.select_related("party")
    if term.startswith(_PARTY):
        rows = rows.filter(party__public_id__startswith=term)
    elif term.startswith("+"):
        rows = rows.filter(phone=term)
    else:
        rows = rows.filter(login=term)
    return [
        Found("people_person", each.pk, str(each), str(each.party or "staff"))
        for each in rows.order_by("-id")[:MOST]
    ]


def find_parties(term: str) -> list[Found]:
    """Return parties by id or by the beginning of the name others see.

    Transaction: none (one query).
    """
    return [
        Found("people_party", each.pk, each.display_name, f"{each.kind} · {each.public_id}")
        for each in _parties(term).order_by("-id")[:MOST]
    ]


def find_devices(term: str) -> list[Found]:
    """Return devices by the beginning of their id.

    Transaction: none (one query).
    """
    if not term.startswith(_DEVICE):
        return []
    rows = Device.objects.select_related("person").filter(public_id__startswith=term)
    return [
        Found("people_device", each.pk, each.public_id, str(each.person))
        for each in rows.order_by("-id")[:MOST]
    ]


def find_entries(term: str) -> list[Found]:
    """Return the newest entries of the audit trail about a thing.

    Transaction: none (one query).
    """
    rows = AuditEntry.objects.filter(object_ref=term).order_by("-id")
    return [
        Found(
            "people_auditentry", each.pk, each.action, f"{_masked(each.actor_login)}, {each.at:%F}"
        )
        for each in rows[:MOST]
    ]


def _parties(term: str) -> "QuerySet[Party]":
    if term.startswith(_PARTY):
        return Party.objects.filter(public_id__startswith=term)
    if term.startswith("+") or len(term) < _SHORTEST_NAME:
        return Party.objects.none()
    return Party.objects.filter(display_name__istartswith=term)


def _masked(login: str) -> str:
    return shown_phone(login) if login.startswith("+") else login
