"""People with a phone each and their conversations, on our side; nothing here is measured."""

import itertools
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.folk import Handset, give_handsets, make_folk
from benchmarks.talk.load import Make
from messaging.services.conversations import open_conversation
from people.tokens import new_token

WORDS = "Passo na padaria e levo o pão, quer mais alguma coisa?"


@dataclass(frozen=True, slots=True)
class Phone:
    """Somebody with a phone: what a client needs."""

    token: str
    party: str
    party_id: int


def gather(count: int) -> list[Phone]:
    """Make so many people."""
    folk = make_folk(count, "BR")
    handsets = [Handset(new_token(), {}, secrets.token_hex(16)) for _ in range(count)]
    give_handsets(folk, handsets)
    return [
        Phone(handset.token, party.public_id, party.pk)
        for handset, party in zip(handsets, folk.parties, strict=True)
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
