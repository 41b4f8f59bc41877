"""People with a phone each and their conversations, on our side; nothing here is measured."""

import itertools
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.talk.load import Make
from core.clock import business_now
from messaging.services.conversations import open_conversation
from people.enums import PartyKind
from people.models import Device, Party, Person
from people.tokens import new_token, token_digest

WORDS = "Passo na padaria e levo o pão, quer mais alguma coisa?"


@dataclass(frozen=True, slots=True)
class Phone:
    """Somebody with a phone: what a client needs."""

    token: str
    party: str
    party_id: int


def gather(count: int) -> list[Phone]:
    """Make so many people."""
    moment, tag = business_now(), secrets.token_hex(4)
    parties = Party.objects.bulk_create(
        Party(
            public_id=f"pty_{tag}_{number:06d}",
            kind=PartyKind.PERSON,
            display_name=f"Someone {number}",
            country="BR",
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
    tokens = [new_token() for _ in people]
    Device.objects.bulk_create(
        Device(
            public_id=f"dev_{person.login}",
            name="phone",
            public_key={},
            key_thumbprint=secrets.token_hex(16),
            token_hash=token_digest(token),
            created_at=moment,
            signed_in_at=moment,
            last_seen_at=moment,
            person=person,
        )
        for person, token in zip(people, tokens, strict=True)
    )
    return [
        Phone(token, party.public_id, party.pk)
        for token, party in zip(tokens, parties, strict=True)
    ]


def talk_of(one: Phone, other: Phone) -> str:
    """Open the conversation of two and return its public id."""
    return open_conversation(party_id=one.party_id, other=other.party).public_id


def saying(phone: Phone, talk: str) -> Make:
    """Return what makes the requests of somebody who says something again and again."""
    run, numbers = secrets.token_hex(6), itertools.count()
    head = (
        f"POST /v1/conversations/{talk}/messages HTTP/1.1\r\nHost: localhost\r\n"
        f"Content-Type: application/json\r\nAuthorization: Bearer {phone.token}\r\n"
    )

    def make() -> bytes:
        said = {"client_id": f"{run}-{next(numbers)}", "type": "text", "text": WORDS}
        body = json.dumps(said).encode()
        return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body

    return make


def reading(phone: Phone, talk: str, limit: int = 50) -> Make:
    """Return what makes the requests of somebody who reads the newest of a conversation."""
    request = (
        f"GET /v1/conversations/{talk}/messages?limit={limit} HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: Bearer {phone.token}\r\n\r\n"
    ).encode()
    return lambda: request


def spread(phones: Sequence[Phone], count: int) -> list[tuple[Phone, str]]:
    """Return so many who talk, each in a conversation of their own."""
    return [(phones[2 * at], talk_of(phones[2 * at], phones[2 * at + 1])) for at in range(count)]
