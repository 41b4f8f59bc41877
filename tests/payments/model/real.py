"""The product behind the model's verbs: services, one database, no step of its own."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection

from core.clock import business_now
from core.ids import new_id
from core.money import Money
from core.transactions import owns_block
from payments.models import Dispute, Payment
from payments.services.dispute_decisions import decide_dispute
from payments.services.disputes import Claim, answer_dispute, open_dispute, withdraw_dispute
from payments.services.payables import free_payable
from payments.services.payments import cancel_payment, send_payment
from payments.services.quotes import Target, make_quote
from payments.services.requests import (
    Debtor,
    Wish,
    cancel_request,
    create_requests,
    decline_request,
)
from people.models import Party, Person
from people.queries import sandbox_code
from people.services.challenges import Approval, open_challenge
from people.services.freezing import freeze, unfreeze
from people.services.proofs import PinEvidence
from people.services.signing import NewDevice, request_code, sign_in
from tests.payments.cast import PIN, Someone
from tests.payments.refund_cast import give_back
from tests.people.cast import Ed25519Key

WRONG_PIN = "264935"
CURRENCY = "XTS"


@dataclass
class Player:
    """Somebody with a balance; ``someone`` changes with the phone in use."""

    name: str
    someone: Someone
    balance_source: str

    @property
    def party(self) -> str:
        return self.someone.party

    def quote(self, to: str, amount: int, *, is_from_bank: bool = False) -> tuple[str, bytes]:
        source = None if is_from_bank else self.balance_source
        return self._quote(Target(party=to), Money(amount, CURRENCY), source)

    def quote_request(self, request_id: str) -> tuple[str, bytes]:
        return self._quote(Target(demand=("request", request_id)), None, self.balance_source)

    def _quote(self, to: Target, amount: Money | None, source: str | None) -> tuple[str, bytes]:
        offer = make_quote(
            person=self.someone.person,
            device=self.someone.device,
            to=to,
            amount=amount,
            funding_source_id=source,
            note="",
        )
        return offer.quote.public_id, bytes(offer.quote.digest)

    def pay(self, quote_id: str, digest: bytes, *, pin: str = PIN, key: str = "") -> str:
        evidence = PinEvidence(pin=pin, signature=self.someone.key.sign(digest))
        payment = send_payment(
            person=self.someone.person,
            device=self.someone.device,
            quote_id=quote_id,
            evidence=evidence,
            key=key or new_id("key"),
        )
        return payment.public_id

    def quote_return(self, payment_id: str) -> tuple[str, bytes]:
        return self._quote(Target(demand=("return", payment_id)), None, self.balance_source)

    def dispute(self, payment_id: str) -> None:
        claim = Claim("commercial", "not_received", "Nothing came.")
        open_dispute(person=self.someone.person, payment_id=payment_id, claim=claim)

    def withdraw_dispute(self, payment_id: str) -> None:
        withdraw_dispute(person=self.someone.person, dispute_id=dispute_of(payment_id))

    def cancel(self, payment_id: str) -> None:
        cancel_payment(person=self.someone.person, payment_id=payment_id)

    def ask(self, debtor: "Player", amount: int, life: timedelta) -> str:
        wish = Wish(Money(amount, CURRENCY), expires_at=business_now() + life)
        asked = [Debtor(party=debtor.someone.party)]
        made = create_requests(person=self.someone.person, debtors=asked, wish=wish)
        return made.requests[0].public_id

    def decline(self, request_id: str) -> None:
        decline_request(person=self.someone.person, request_id=request_id)

    def withdraw(self, request_id: str) -> None:
        cancel_request(person=self.someone.person, request_id=request_id)

    def freeze(self) -> None:
        freeze(person=self.someone.person, device=self.someone.device)

    def unfreeze(self) -> None:
        person = self.someone.person
        challenge = open_challenge(person=person, purpose="unfreeze")
        signature = self.someone.key.sign(bytes(challenge.digest))
        unfreeze(
            person=person,
            device=self.someone.device,
            approval=Approval(challenge.public_id, PinEvidence(pin=PIN, signature=signature)),
        )

    def change_phone(self) -> None:
        """Sign in on another phone with another key; the old one stays as it is."""
        phone = str(self.someone.person.phone)
        request_code(phone=phone)
        found = sandbox_code(phone)
        assert found is not None
        key = Ed25519Key()
        signed = sign_in(phone=phone, code=found[0], device=NewDevice("new phone", key.jwk))
        before = self.someone
        self.someone = Someone(signed.person, signed.device, key, before.client, before.tax_id)


@dataclass(frozen=True)
class Shop:
    """A business that is owed its sales."""

    facts: Party
    staff: Person

    @property
    def party(self) -> str:
        return self.facts.public_id

    def refund(self, payment_id: str, amount: int) -> None:
        give_back(self.facts, payment_id, amount, currency=CURRENCY)

    def answer(self, payment_id: str) -> None:
        answer_dispute(
            person=self.staff,
            party_id=self.facts.id,
            dispute_id=dispute_of(payment_id),
            text="Sent.",
            evidence=[],
            submit=True,
        )

    def decide(self, payment_id: str, outcome: str) -> None:
        """Let the operator's staff decide; amounts here are below what asks for two."""
        decide_dispute(
            staff=self.staff, dispute_id=dispute_of(payment_id), outcome=outcome, reason="Read."
        )

    def owed(self) -> int:
        with owns_block():
            return free_payable(party_id=self.facts.id, currency=CURRENCY).amount_minor


_STATE = """
SELECT party.id, pin.failures,
       EXISTS (SELECT 1 FROM people_freeze
                WHERE person_id = person.id AND lifted_at IS NULL) AS is_frozen,
       coalesce((SELECT sum(balance) + coalesce(sum((
                     SELECT sum(delta_minor) FROM payments_ledgerinbox WHERE account_id = account.id
                 )), 0)
            FROM payments_ledgeraccount account
           WHERE account.kind = 'balance' AND account.party_id = party.id), 0)::bigint AS balance
  FROM people_party party
  JOIN people_person person ON person.party_id = party.id
  JOIN people_pindevice pin ON pin.user_id = person.id
 WHERE party.id = ANY(%s)
"""

_PAYMENTS = """
SELECT public_id, state, refunding_minor, refunded_minor, fee_refunded_minor
  FROM payments_payment
 WHERE public_id = ANY(%s)
"""

_REQUESTS = "SELECT public_id, state FROM payments_paymentrequest WHERE public_id = ANY(%s)"

_DISPUTES = """
SELECT DISTINCT ON (payment.id) payment.public_id, dispute.state, dispute.held_minor,
       dispute.short_minor
  FROM payments_dispute dispute
  JOIN payments_payment payment ON payment.id = dispute.payment_id
 WHERE payment.public_id = ANY(%s)
 ORDER BY payment.id, dispute.id DESC
"""


@dataclass(frozen=True)
class Standing:
    """How somebody stands: failures of the PIN, frozen or not, money."""

    failures: int
    is_frozen: bool
    balance: int


def read_standing(players: list[Player]) -> dict[str, Standing]:
    """Read in one question what the model keeps of each player."""
    names = {player.someone.party_id: player.name for player in players}
    with connection.cursor() as cursor:
        cursor.execute(_STATE, [list(names)])
        return {names[party]: Standing(*rest) for party, *rest in cursor.fetchall()}


@dataclass(frozen=True)
class Gone:
    """Where a payment is, and how much of it goes or went back, with how much of the fee."""

    state: str
    refunding: int
    refunded: int
    fee_refunded: int


def read_payments(names: list[str]) -> dict[str, Gone]:
    return {name: Gone(*rest) for name, *rest in _read(_PAYMENTS, names)}


def read_requests(names: list[str]) -> dict[str, str]:
    return dict(_read(_REQUESTS, names))


def _read(question: str, names: list[str]) -> list[tuple[Any, ...]]:
    """Ask in plain SQL: this is asked after each of thousands of steps."""
    if not names:
        return []
    with connection.cursor() as cursor:
        cursor.execute(question, [names])
        return list(cursor.fetchall())


def dispute_of(payment_id: str) -> str:
    return Dispute.objects.filter(payment__public_id=payment_id).latest("id").public_id


def read_disputes(names: list[str]) -> dict[str, tuple[str, int, int]]:
    """Return state, money held and money short of the newest dispute of each payment."""
    return {name: (state, held, short) for name, state, held, short in _read(_DISPUTES, names)}


def count_payments() -> int:
    return Payment.objects.count()
