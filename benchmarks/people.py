"""People who can pay each other from balances, and the quotes and proofs they have ready."""

import base64
import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from benchmarks.folk import Handset, give_handsets, make_folk
from benchmarks.house import House
from benchmarks.passkeys import Authenticator, new_authenticator
from benchmarks.world import COUNTRY, CURRENCY, fund
from core.clock import business_now
from payments.models import FundingSource, LimitRule, Quote
from people.enums import ProofMethod, Terms, Tier
from people.models import (
    Identity,
    Party,
    Passkey,
    Person,
    PinDevice,
    Proof,
    TermsAcceptance,
)
from people.services.hashes import hash_pin

PEOPLE = 1_000
EACH_CLIENT = 100_000
AMOUNT_MINOR = 100
PIN = "274916"
_FIRST_QUOTE = 10**9


@dataclass(frozen=True, slots=True)
class Someone:
    """One of the people: what their phone holds."""

    token: str
    key: Ed25519PrivateKey
    passkey: Authenticator

    def sign(self, digest: bytes) -> str:
        """Return the device's signature over 32 bytes, in base64url."""
        return _base64url(self.key.sign(digest))


@dataclass(frozen=True, slots=True)
class Crowd:
    """Everybody; ids of each table follow each other without gaps.

    Attributes:
        first_party: Id of the first party; likewise person and source.
        first_person: See above.
        first_source: See above.
        first_device: See above.
        public_ids: The parties' public ids.
        phones: What each phone holds, in the same order.
    """

    first_party: int
    first_person: int
    first_source: int
    first_device: int
    public_ids: tuple[str, ...]
    phones: tuple[Someone, ...]

    def phone(self, number: int) -> Someone:
        """Return the phone of whoever pays the quote of a number."""
        return self.phones[number % len(self.phones)]

    def variables(self, rules: dict[str, int]) -> dict[str, int]:
        """Return the variables of the payment script."""
        return {
            "first_party": self.first_party,
            "first_person": self.first_person,
            "first_source": self.first_source,
            "first_quote": _FIRST_QUOTE,
            "people": len(self.phones),
            "each": EACH_CLIENT,
            **rules,
        }


def gather_crowd(house: House, count: int = PEOPLE, pin_hash: str = "-") -> Crowd:
    """Enrol people, each with a device, a balance and the money in it."""
    phones = tuple(
        Someone(
            f"trc_{secrets.token_urlsafe(32)}",
            Ed25519PrivateKey.generate(),
            new_authenticator(number),
        )
        for number in range(count)
    )
    folk = make_folk(count, COUNTRY)
    tag, parties, people, moment = folk.tag, folk.parties, folk.people, folk.moment
    _enrol(parties, people, pin_hash, moment)
    # Older than a day: a new device would be held to its ceiling.
    devices = give_handsets(folk, [_handset(each) for each in phones], age=timedelta(days=30))
    _give_passkeys(people, phones, moment)
    sources = FundingSource.objects.bulk_create(
        FundingSource(
            public_id=f"fsr_{tag}_{number:06d}",
            party=party,
            kind="balance",
            bank="",
            token=f"balance-{tag}-{number}",
            is_default=True,
            created_at=moment,
            verified_at=moment,
        )
        for number, party in enumerate(parties)
    )
    _give_balances(house, parties)
    return Crowd(
        parties[0].id,
        people[0].id,
        sources[0].id,
        devices[0].id,
        tuple(party.public_id for party in parties),
        phones,
    )


def give_pins(crowd: Crowd, count: int) -> None:
    """Give the first people a PIN that can be typed: each costs a slow hash."""
    for person_id in range(crowd.first_person, crowd.first_person + count):
        PinDevice.objects.filter(user_id=person_id).update(pin_hash=hash_pin(person_id, PIN))


def make_quotes(
    house: House, crowd: Crowd, numbers: Sequence[int], *, proven: bool = True
) -> list[bytes]:
    """Make the quotes of some numbers ready, each with a proof if asked for; their digests.

    Digest and text are real, because check_ledger compares them afterwards.
    """
    moment = business_now()
    tomorrow = moment + timedelta(days=1)
    quotes = [_quote(crowd, number, moment, tomorrow) for number in numbers]
    Quote.objects.bulk_create(quotes, batch_size=2000)
    if proven:
        Proof.objects.bulk_create(
            (
                Proof(
                    public_id=f"prf_bench_{number}",
                    person_id=crowd.first_person + number % len(crowd.phones),
                    device_id=crowd.first_device + number % len(crowd.phones),
                    digest=quote.digest,
                    method=ProofMethod.PIN,
                    made_at=moment,
                    expires_at=tomorrow,
                )
                for number, quote in zip(numbers, quotes, strict=True)
            ),
            batch_size=2000,
        )
    # Tables that were just filled would be planned for as if they were empty.
    house.tell("ANALYZE payments_quote, people_proof, payments_payment, messaging_message")
    return [bytes(quote.digest) for quote in quotes]


def _quote(crowd: Crowd, number: int, moment: datetime, tomorrow: datetime) -> Quote:
    payer = number % len(crowd.phones)
    payee = (number * 7919 + 1) % len(crowd.phones)
    text = json.dumps(
        {
            "amount": {"amount_minor": AMOUNT_MINOR, "currency": CURRENCY},
            "fee": {"amount_minor": 0, "currency": CURRENCY},
            "payer": {"party": crowd.public_ids[payer]},
            "payee": {"party": crowd.public_ids[payee]},
            "purpose": "person_to_person",
            "nonce": number,
        }
    )
    return Quote(
        id=_FIRST_QUOTE + number,
        public_id=f"quo_bench_{number}",
        payer_id=crowd.first_party + payer,
        payee_id=crowd.first_party + payee,
        kind="person_to_person",
        amount_minor=AMOUNT_MINOR,
        fee_minor=0,
        currency=CURRENCY,
        source_id=crowd.first_source + payer,
        signed_text=text,
        digest=hashlib.sha256(text.encode()).digest(),
        created_at=moment,
        expires_at=tomorrow,
    )


def counted_rules() -> dict[str, int]:
    """Return the rules with a window that a payment between persons is counted against by day."""
    rules = LimitRule.objects.filter(country=COUNTRY, kind="person_to_person")
    ids = dict(rules.values_list("name", "id"))
    return {
        "rule_sent": ids["sent_per_month"],
        "rule_received": ids["received_per_month"],
        "rule_count": ids["received_per_day"],
    }


def _enrol(parties: list[Party], people: list[Person], pin_hash: str, moment: datetime) -> None:
    Identity.objects.bulk_create(
        Identity(
            party=party,
            legal_name="Some One",
            tax_id=f"{party.id:011d}",
            country=COUNTRY,
            tier=Tier.values[0],
            verified_at=moment,
        )
        for party in parties
    )
    TermsAcceptance.objects.bulk_create(
        TermsAcceptance(person=person, terms=terms, accepted_at=moment)
        for person in people
        for terms in Terms.values
    )
    PinDevice.objects.bulk_create(
        PinDevice(user=person, name="PIN", pin_hash=pin_hash, set_at=moment) for person in people
    )


def _handset(phone: Someone) -> Handset:
    thumbprint = hashlib.sha256(phone.token.encode()).hexdigest()[:43]
    return Handset(phone.token, _jwk(phone.key), thumbprint)


def _give_passkeys(people: list[Person], phones: tuple[Someone, ...], moment: datetime) -> None:
    Passkey.objects.bulk_create(
        Passkey(
            public_id=f"psk_{person.login}",
            user=person,
            name="passkey",
            credential_id=phone.passkey.credential_id,
            public_key=phone.passkey.public_key,
            is_synced=True,
            created_at=moment,
        )
        for person, phone in zip(people, phones, strict=True)
    )


def _give_balances(house: House, parties: list[Party]) -> None:
    for kind, inbox in (("in_flight", False), ("balance", False)):
        house.tell(
            "INSERT INTO payments_ledgeraccount"
            " (kind, currency, party_id, bank, balance, floor, takes_inbox)"
            " SELECT %s, %s, id, '', 0, 0, %s FROM people_party WHERE id BETWEEN %s AND %s",
            kind,
            CURRENCY,
            inbox,
            parties[0].id,
            parties[-1].id,
        )
    last = int(house.ask("SELECT max(id) FROM payments_ledgeraccount"))
    fund(house, CURRENCY, last - len(parties) + 1, last)


def _jwk(key: Ed25519PrivateKey) -> dict[str, str]:
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return {"kty": "OKP", "crv": "Ed25519", "x": _base64url(raw)}


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
