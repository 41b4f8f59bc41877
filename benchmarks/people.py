"""People who can pay each other from balances, and the quotes and proofs they have ready."""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from benchmarks.house import House
from benchmarks.world import COUNTRY, CURRENCY, fund
from core.clock import business_now
from payments.models import FundingSource, LimitRule
from people.enums import PartyKind, Terms, Tier
from people.models import Device, Identity, Party, Person, PinDevice, TermsAcceptance
from people.tokens import token_digest

PEOPLE = 1_000
EACH_CLIENT = 100_000
AMOUNT_MINOR = 100
_FIRST_QUOTE = 10**9

# Ready quotes of one client of pgbench, and a proof of each: what a phone would have asked for
# before. Digest and text are real, because check_ledger compares them afterwards.
_QUOTES = """
WITH ready AS (
    SELECT k, payer.id AS payer, payee.id AS payee, person.id AS person, device.id AS device,
           jsonb_build_object(
               'amount', jsonb_build_object('amount_minor', %(amount)s::bigint,
                                            'currency', %(currency)s::text),
               'fee', jsonb_build_object('amount_minor', 0, 'currency', %(currency)s::text),
               'payer', jsonb_build_object('party', payer.public_id),
               'payee', jsonb_build_object('party', payee.public_id),
               'purpose', 'person_to_person', 'nonce', gen_random_uuid())::text AS text
      FROM generate_series(%(from)s::bigint, %(to)s::bigint) AS k
      JOIN people_party AS payer ON payer.id = %(party)s::bigint + k %% %(people)s::bigint
      JOIN people_party AS payee ON payee.id = %(party)s::bigint + (k * 7919 + 1) %% %(people)s
      JOIN people_person AS person ON person.party_id = payer.id
      JOIN people_device AS device ON device.person_id = person.id
), quoted AS (
    INSERT INTO payments_quote
           (id, public_id, payer_id, payee_id, kind, amount_minor, fee_minor, currency, source_id,
            note, signed_text, digest, created_at, expires_at, is_claim)
    SELECT %(quote)s::bigint + k, 'quo_bench_' || k, payer, payee, 'person_to_person',
           %(amount)s::bigint, 0,
           %(currency)s::text, %(source)s::bigint + k %% %(people)s::bigint, '', text,
           sha256(convert_to(text, 'UTF8')), now(), now() + interval '1 day', false
      FROM ready
)
INSERT INTO people_proof (public_id, person_id, device_id, digest, method, made_at, expires_at)
SELECT 'prf_bench_' || k, person, device, sha256(convert_to(text, 'UTF8')), 'pin', now(),
       now() + interval '1 day'
  FROM ready WHERE %(proven)s::boolean
"""


@dataclass(frozen=True, slots=True)
class Someone:
    """One of the people: what their phone holds."""

    token: str
    key: Ed25519PrivateKey

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
        phones: What each phone holds, in the same order.
    """

    first_party: int
    first_person: int
    first_source: int
    phones: tuple[Someone, ...]

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
    moment = business_now()
    tag = secrets.token_hex(4)
    phones = tuple(
        Someone(f"trc_{secrets.token_urlsafe(32)}", Ed25519PrivateKey.generate())
        for _ in range(count)
    )
    parties = Party.objects.bulk_create(
        Party(
            public_id=f"pty_{tag}_{number:06d}",
            kind=PartyKind.PERSON,
            display_name=f"Someone {number}",
            country=COUNTRY,
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
    _enrol(parties, people, pin_hash, moment)
    _give_devices(people, phones, moment)
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
    return Crowd(parties[0].id, people[0].id, sources[0].id, phones)


def make_quotes(house: House, crowd: Crowd, numbers: range, *, proven: bool = True) -> None:
    """Make the quotes of some numbers ready, each with a proof if asked for."""
    values = {
        "amount": AMOUNT_MINOR,
        "currency": CURRENCY,
        "from": numbers.start,
        "to": numbers.stop - 1,
        "party": crowd.first_party,
        "people": len(crowd.phones),
        "quote": _FIRST_QUOTE,
        "source": crowd.first_source,
        "proven": proven,
    }
    house.tell_named(_QUOTES, values)
    # Tables that were just filled would be planned for as if they were empty.
    house.tell("ANALYZE payments_quote, people_proof, payments_payment, messaging_message")


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


def _give_devices(people: list[Person], phones: tuple[Someone, ...], moment: datetime) -> None:
    # Older than a day: a new device would be held to its ceiling.
    bought = moment - timedelta(days=30)
    Device.objects.bulk_create(
        Device(
            public_id=f"dev_{person.login}",
            name="phone",
            public_key=_jwk(phone.key),
            key_thumbprint=hashlib.sha256(phone.token.encode()).hexdigest()[:43],
            token_hash=token_digest(phone.token),
            created_at=bought,
            signed_in_at=bought,
            last_seen_at=moment,
            person=person,
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
