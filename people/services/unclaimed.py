"""Parties of numbers that nobody has signed in with yet."""

from django.db import connection

from core.clock import business_now
from core.errors import NotFound
from core.ids import new_id
from core.transactions import joins
from people.enums import PartyKind
from people.models import Party, Person, UnclaimedNumber
from people.phones import country_of, shown_phone
from people.queries import PartyFacts, parties_by_ids, party_by_id, party_by_phone

_LOCK_CLASS = 7_102


@joins
def party_of_number(*, phone: str) -> PartyFacts:
    """Return the party of whoever has a number, making one that waits for its owner if need be.

    Changes: at most one ``Party`` and its ``UnclaimedNumber``, whose name shows the end of the
    number only.

    Args:
        phone: E.164.

    Raises:
        NotFound: The number belongs to somebody who may not sign in any more.
        PhoneInvalid: It belongs to no country.

    Transaction: joins (holds the number, as signing in with it does).
    """
    known = party_by_phone(phone)
    if known is not None:
        return known
    hold_number(phone=phone)
    found = party_by_phone(phone) or _waiting_for(phone)
    if found is None:
        if Person.objects.filter(phone=phone).exists():
            raise NotFound
        found = _make(phone)
    return found


@joins
def take_over(*, phone: str, display_name: str) -> Party | None:
    """Return the party that waits for a number to its owner, who is signing in; None for none.

    Changes: the party's name; its ``UnclaimedNumber`` is taken.

    Transaction: joins (holds the number, so that a party made meanwhile is not missed).
    """
    hold_number(phone=phone)
    waiting = UnclaimedNumber.objects.select_related("party").filter(
        phone=phone, taken_at__isnull=True
    )
    row = waiting.first()
    if row is None:
        return None
    row.taken_at = business_now()
    row.save(update_fields=["taken_at"])
    row.party.display_name = display_name
    row.party.save(update_fields=["display_name"])
    return row.party


@joins
def hold_number(*, phone: str) -> None:
    """Let one transaction at a time decide who a number belongs to.

    Transaction: joins (an advisory lock until it ends).
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [_LOCK_CLASS, phone])


def _waiting_for(phone: str) -> PartyFacts | None:
    rows = UnclaimedNumber.objects.filter(phone=phone, taken_at__isnull=True)
    party_id = rows.values_list("party_id", flat=True).first()
    return party_by_id(party_id) if party_id is not None else None


def _make(phone: str) -> PartyFacts:
    moment = business_now()
    party = Party.objects.create(
        public_id=new_id("pty"),
        kind=PartyKind.PERSON,
        display_name=shown_phone(phone),
        country=country_of(phone),
        created_at=moment,
    )
    UnclaimedNumber.objects.create(party=party, phone=phone, created_at=moment)
    return parties_by_ids([party.id])[party.id]
