"""People as rows, one statement for each table; nothing here is measured."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.clock import business_now
from people.enums import PartyKind
from people.models import Device, Party, Person
from people.tokens import token_digest


@dataclass(frozen=True, slots=True)
class Folk:
    """Some people, each with a party, in one order.

    Attributes:
        tag: Tells these from those of another call.
        parties: Their parties.
        people: Themselves.
        moment: When they came.
    """

    tag: str
    parties: list[Party]
    people: list[Person]
    moment: datetime


@dataclass(frozen=True, slots=True)
class Handset:
    """What is kept of a phone."""

    token: str
    public_key: dict[str, str]
    thumbprint: str


def make_folk(count: int, country: str) -> Folk:
    """Make so many people of a country."""
    moment, tag = business_now(), secrets.token_hex(4)
    parties = Party.objects.bulk_create(
        Party(
            public_id=f"pty_{tag}_{number:06d}",
            kind=PartyKind.PERSON,
            display_name=f"Someone {number}",
            country=country,
            created_at=moment,
        )
        for number in range(count)
    )
    people = Person.objects.bulk_create(
        Person(
            login=f"{tag}-{number}",
            phone=f"+99{secrets.randbelow(10**12):012d}",
            party=party,
            created_at=moment,
        )
        for number, party in enumerate(parties)
    )
    return Folk(tag, parties, people, moment)


def give_handsets(
    folk: Folk, handsets: Sequence[Handset], *, age: timedelta = timedelta(0)
) -> list[Device]:
    """Give each of them a phone, signed in so long ago and seen just now."""
    pairs: Iterable[tuple[Person, Handset]] = zip(folk.people, handsets, strict=True)
    return Device.objects.bulk_create(
        Device(
            public_id=f"dev_{person.login}",
            name="phone",
            public_key=handset.public_key,
            key_thumbprint=handset.thumbprint,
            token_hash=token_digest(handset.token),
            created_at=folk.moment - age,
            signed_in_at=folk.moment - age,
            last_seen_at=folk.moment,
            person=person,
        )
        for person, handset in pairs
    )
