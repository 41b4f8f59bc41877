"""Ana, Bruno and Carla with a phone each; Padaria do Zé is a business."""

from dataclasses import dataclass
from typing import Any

from rest_framework.test import APIClient

from core.transactions import owns_block
from messaging.queries.lag import feed_lag_seconds
from messaging.services.conversations import open_conversation
from messaging.services.messages import Sender, Sent, send_message
from people.queries import PartyFacts, party_by_public_id, sandbox_code
from people.services.parties import open_business
from people.services.signing import NewDevice, request_code, sign_in
from tests.front.serving import wait_until
from tests.people.cast import P256Key


@dataclass(frozen=True)
class Phone:
    """Somebody with a device that is signed in."""

    number: str
    token: str
    device_id: str
    party: PartyFacts
    client: APIClient

    @property
    def sender(self) -> Sender:
        return Sender(self.party.id, self.party.person_id)

    def say(self, conversation_id: str, text: str, client_id: str) -> Sent:
        return send_message(
            sender=self.sender,
            conversation_id=conversation_id,
            client_id=client_id,
            kind="text",
            content={"text": text},
        )

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/v1/{path}", query)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return self.client.post(f"/v1/{path}", body, format="json")


def settle_feed() -> None:
    """Wait until all news so far can be read: anybody's open transaction holds it back."""
    wait_until(lambda: feed_lag_seconds() == 0.0, seconds=20)


def make_phone(number: str, name: str) -> Phone:
    request_code(phone=number)
    told = sandbox_code(number)
    assert told is not None
    signed = sign_in(
        phone=number,
        code=told[0],
        display_name=name,
        locale="en",
        device=NewDevice("Phone", P256Key().jwk),
    )
    assert signed.person.party is not None
    party = party_by_public_id(signed.person.party.public_id)
    assert party is not None
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {signed.token}")
    return Phone(number, signed.token, signed.device.public_id, party, client)


def make_padaria() -> PartyFacts:
    with owns_block():
        party = open_business(
            display_name="Padaria do Zé",
            country="BR",
            legal_name="Padaria do Zé Ltda",
            tax_id="11.222.333/0001-81",
        )
    facts = party_by_public_id(party.public_id)
    assert facts is not None
    return facts


def make_talk(one: Phone, other: Phone) -> str:
    """Open a conversation and return its public id."""
    return open_conversation(party_id=one.party.id, other=other.party.public_id).public_id
