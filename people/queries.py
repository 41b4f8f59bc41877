"""What other apps may know about people: plain facts, never rows."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from core.api import keyset_page
from core.clock import wall_now
from people.enums import PartyKind, Terms
from people.models import (
    Block,
    Device,
    Freeze,
    Identity,
    Invitation,
    Party,
    Passkey,
    Person,
    PinDevice,
    PinRecovery,
    Proof,
    SignInCode,
    TermsAcceptance,
)
from people.names import mask_legal_name
from people.phones import shown_phone


@dataclass(frozen=True, slots=True)
class PartyFacts:
    """A party as other apps see it.

    ``legal_name``, ``tax_id`` and ``tier`` are None until the identity is verified. The masked
    name hides a person's surnames; a business is named in full, as its registration is public.
    """

    id: int
    public_id: str
    kind: str
    display_name: str
    legal_name: str | None
    masked_legal_name: str | None
    tax_id: str | None
    country: str
    tier: str | None
    verified: bool
    person_id: int | None


@dataclass(frozen=True, slots=True)
class DeviceFacts:
    """A device, and whose it is."""

    public_id: str
    name: str
    person_id: int
    party_id: int | None
    created_at: datetime
    removed_at: datetime | None


@dataclass(frozen=True, slots=True)
class RecoveryFacts:
    """A recovery of a PIN: whose, on which device it began, and when it may be used."""

    person_id: int
    device_name: str
    ready_at: datetime
    is_verified: bool


def party_by_public_id(public_id: str) -> PartyFacts | None:
    """Return a party by its public id, or None; one query."""
    return _first(_parties().filter(public_id=public_id))


def party_by_id(party_id: int) -> PartyFacts | None:
    """Return a party by its key, or None; one query."""
    return _first(_parties().filter(id=party_id))


def party_by_phone(phone: str) -> PartyFacts | None:
    """Return the party of the active person with an E.164 number, or None; one query."""
    return _first(_parties().filter(person__phone=phone, person__is_active=True))


def parties_by_ids(ids: Iterable[int]) -> dict[int, PartyFacts]:
    """Return parties by key; one query, whatever their number."""
    return {party.id: facts_of(party) for party in _parties().filter(id__in=set(ids))}


def parties_by_public_ids(public_ids: Iterable[str]) -> dict[str, PartyFacts]:
    """Return parties by public id; one query, whatever their number."""
    found = _parties().filter(public_id__in=set(public_ids))
    return {party.public_id: facts_of(party) for party in found}


def facts_with(relation: str) -> tuple[str, str]:
    """Return what another room's query joins, so that ``facts_of`` its parties asks nothing.

    Args:
        relation: The path from that room's row to the party.
    """
    return f"{relation}__identity", f"{relation}__person"


def party_ids_named(name: str) -> QuerySet[Party, int]:
    """Return the keys of parties by a part of their name, to be a part of another query."""
    return Party.objects.filter(display_name__icontains=name).values_list("id", flat=True)


def shown_phone_of(party_id: int) -> str:
    """Return a person's number with only its end readable; empty for a business; one query."""
    phone = reachable_phone(party_id)
    return shown_phone(phone) if phone else ""


def reachable_phone(party_id: int) -> str | None:
    """Return the number of a person, or the one that a party waits for; one query."""
    found = phone_of(party_id).first()
    return found["phone"] if found else None


def phone_of(party_id: int) -> QuerySet[Party, Any]:
    """Return the same to be a part of another query; whoever shows it hides all but its end."""
    rows = Party.objects.filter(id=party_id)
    return rows.values(phone=Coalesce("person__phone", "unclaimed_number__phone"))


def device_added_since(party_id: int, since: datetime) -> bool:
    """Tell whether a person who had a device before added another since; one query."""
    devices = Device.objects.filter(person__party_id=party_id)
    earlier = devices.filter(id__lt=OuterRef("id"))
    return devices.filter(Exists(earlier), created_at__gte=since).exists()


def blocked_between(a_id: int, b_id: int) -> bool:
    """Tell whether either of two parties blocks the other."""
    return Block.objects.filter(
        Q(blocker_id=a_id, blocked_id=b_id) | Q(blocker_id=b_id, blocked_id=a_id)
    ).exists()


def blocks_of(party_id: int, cursor: str | None, limit: int) -> tuple[list[PartyFacts], str | None]:
    """Return whom a party blocks, the latest first, and the next page's cursor or None.

    Raises:
        InputInvalid: The cursor is not one of this list.
    """
    rows, following = keyset_page(Block.objects.filter(blocker_id=party_id), cursor, limit)
    parties = parties_by_ids({row.blocked_id for row in rows})
    return [parties[row.blocked_id] for row in rows], following


def party_ids_blocked_with(party_id: int) -> QuerySet[Party, int]:
    """Return the keys of parties that block one or are blocked by it, for another query."""
    either = Q(blocks_made__blocked_id=party_id) | Q(blocks_suffered__blocker_id=party_id)
    return Party.objects.filter(either).values_list("id", flat=True)


def parties_blocked_by(party_id: int) -> list[PartyFacts]:
    """Return whom a party blocks, the longest blocked first; two queries."""
    rows = Block.objects.filter(blocker_id=party_id).order_by("id")
    ids = list(rows.values_list("blocked_id", flat=True))
    known = parties_by_ids(ids)
    return [known[each] for each in ids]


def is_enrolled(party_id: int) -> bool:
    """Tell whether a person's identity is verified, the terms accepted and a PIN set."""
    return _enrolled().filter(party_id=party_id).exists()


def count_enrolled(country: str) -> int:
    """Return how many people of a country are enrolled; one query."""
    return _enrolled().filter(party__country=country).count()


def device_by_public_id(public_id: str) -> DeviceFacts | None:
    """Return a device, removed or not, or None; one query."""
    row = Device.objects.select_related("person").filter(public_id=public_id).first()
    if row is None:
        return None
    return DeviceFacts(
        public_id=row.public_id,
        name=row.name,
        person_id=row.person_id,
        party_id=row.person.party_id,
        created_at=row.created_at,
        removed_at=row.removed_at,
    )


def devices_of(person: Person) -> QuerySet[Device]:
    """Return a person's devices that are not removed."""
    return Device.objects.filter(person=person, removed_at__isnull=True)


def person_by_login(login: str) -> Person | None:
    """Return an active person with their party, or None; one query."""
    return Person.objects.select_related("party").filter(login=login, is_active=True).first()


def person_by_id(person_id: int) -> Person | None:
    """Return a person with their party, or None; one query."""
    return Person.objects.select_related("party").filter(id=person_id).first()


def has_pin(person: Person) -> bool:
    """Tell whether a person has a PIN."""
    return bool(PinDevice.objects.filter(user=person).exists())


def passkeys_of(person: Person) -> QuerySet[Passkey]:
    """Return a person's passkeys that are not removed."""
    rows: QuerySet[Passkey] = Passkey.objects.filter(user=person, removed_at__isnull=True)
    return rows


def proof_methods(things: Iterable[str]) -> dict[str, str]:
    """Return by what each thing was approved, by public id; one query, and none for none."""
    rows = Proof.objects.filter(used_by__in=list(things))
    return {str(thing): method for thing, method in rows.values_list("used_by", "method")}


def passkey_by_public_id(public_id: str) -> tuple[int, str] | None:
    """Return whose a passkey is (the person's key) and its name, removed or not; or None."""
    row = Passkey.objects.filter(public_id=public_id).first()
    return (row.user_id, row.name) if row else None


def recovery_by_public_id(public_id: str) -> RecoveryFacts | None:
    """Return a recovery of a PIN, under way or over, or None; one query."""
    row = PinRecovery.objects.select_related("device").filter(public_id=public_id).first()
    if row is None:
        return None
    return RecoveryFacts(row.person_id, row.device.name, row.ready_at, row.is_verified)


def pin_reset_at(person: Person) -> datetime | None:
    """Return when a person's forgotten PIN was last replaced (business time), or None."""
    row = PinDevice.objects.filter(user=person).first()
    return row.reset_at if row else None


def is_coerced(person: Person) -> bool:
    """Tell whether a person has used their duress PIN, and staff have not lifted it."""
    return bool(PinDevice.objects.filter(user=person, duress_since__isnull=False).exists())


def coerced_people() -> tuple[int, datetime | None]:
    """Return how many people pay under duress, and since when the first does; one query."""
    rows = PinDevice.objects.filter(duress_since__isnull=False)
    found = rows.aggregate(count=Count("id"), oldest=Min("duress_since"))
    return found["count"], found["oldest"]


def is_frozen_party(party_id: int) -> bool:
    """Tell whether the payments of a party's person are frozen, by them or by staff; one query.

    Receiving goes on.
    """
    return Freeze.objects.filter(person__party_id=party_id, lifted_at__isnull=True).exists()


def standing_freezes(person: Person) -> list[Freeze]:
    """Return the freezes that stand, the oldest first; at most one by each who may."""
    rows = Freeze.objects.filter(person=person, lifted_at__isnull=True)
    return list(rows.select_related("device").order_by("id"))


def identity_of(person: Person) -> Identity | None:
    """Return a person's verified identity, or None."""
    return Identity.objects.filter(party__person=person).first()


def accepted_terms(person: Person) -> list[str]:
    """Return the codes of the terms that a person accepted, in order."""
    rows = TermsAcceptance.objects.filter(person=person).order_by("terms")
    return list(rows.values_list("terms", flat=True))


def sandbox_code(phone: str) -> tuple[str, datetime] | None:
    """Return the readable code of a number and until when it works, or None.

    Outside the sandbox no code is stored readably, so there is never one.
    """
    row = SignInCode.objects.filter(phone=phone, used_at__isnull=True).exclude(sandbox_code="")
    found = row.filter(expires_at__gt=wall_now()).first()
    return (found.sandbox_code, found.expires_at) if found else None


def sandbox_invitations(phone: str) -> list[tuple[str, datetime]]:
    """Return what a number was invited with and when, newest first: for the sandbox's door."""
    rows = Invitation.objects.filter(phone=phone).order_by("-id")
    return list(rows.values_list("text", "created_at")[:20])


def _enrolled() -> QuerySet[Person]:
    people = Person.objects.filter(party__identity__isnull=False, pin_device__isnull=False)
    for code in Terms.values:
        accepted = TermsAcceptance.objects.filter(person=OuterRef("pk"), terms=code)
        people = people.filter(Exists(accepted))
    return people


def _parties() -> QuerySet[Party]:
    return Party.objects.select_related("identity", "person")


def _first(parties: QuerySet[Party]) -> PartyFacts | None:
    party = parties.first()
    return facts_of(party) if party else None


def facts_of(party: Party) -> PartyFacts:
    """Return what other apps may know of a party whose identity and person are loaded."""
    identity = getattr(party, "identity", None)
    person = getattr(party, "person", None)
    legal_name = identity.legal_name if identity else None
    masked = legal_name
    if legal_name is not None and party.kind == PartyKind.PERSON:
        masked = mask_legal_name(legal_name)
    return PartyFacts(
        id=party.id,
        public_id=party.public_id,
        kind=party.kind,
        display_name=party.display_name,
        legal_name=legal_name,
        masked_legal_name=masked,
        tax_id=identity.tax_id if identity else None,
        country=party.country,
        tier=identity.tier if identity else None,
        verified=identity is not None,
        person_id=person.id if person else None,
    )


@dataclass(frozen=True, slots=True)
class PairFacts:
    """Two people between whom a payment is, as it stands at one moment."""

    payer: PartyFacts
    payee: PartyFacts
    is_blocked: bool
    is_payer_enrolled: bool
    is_payee_enrolled: bool
    is_payee_closed: bool
    is_payer_frozen: bool
    payer_pin_reset_at: datetime | None


REQUIRED_TERMS: tuple[str, ...] = tuple(Terms.values)
"""What somebody must have accepted to count as enrolled."""


def read_pair(found: Mapping[str, Any], payer_id: int, payee_id: int) -> PairFacts:
    """Return what ``people_payment_facts_v3`` told of two parties.

    Args:
        found: Its JSON, decoded.
        payer_id: The party that pays.
        payee_id: The party that is paid.
    """
    payer, payee = (found["parties"][str(each)] for each in (payer_id, payee_id))
    reset_at = payer["pin_reset_at"]
    return PairFacts(
        payer=_told(payer),
        payee=_told(payee),
        is_blocked=found["is_blocked"],
        is_payer_enrolled=payer["is_enrolled"],
        is_payee_enrolled=payee["is_enrolled"],
        is_payee_closed=payee["is_closed"],
        is_payer_frozen=payer["is_frozen"],
        payer_pin_reset_at=datetime.fromisoformat(reset_at) if reset_at else None,
    )


def _told(party: Mapping[str, Any]) -> PartyFacts:
    legal_name = party["legal_name"]
    is_masked = legal_name is not None and party["kind"] == PartyKind.PERSON
    return PartyFacts(
        id=party["id"],
        public_id=party["public_id"],
        kind=party["kind"],
        display_name=party["display_name"],
        legal_name=legal_name,
        masked_legal_name=mask_legal_name(legal_name) if is_masked else legal_name,
        tax_id=party["tax_id"],
        country=party["country"],
        tier=party["tier"],
        verified=legal_name is not None,
        person_id=party["person_id"],
    )
