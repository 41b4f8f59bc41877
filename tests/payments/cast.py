"""The people and banks of these tests: Ana pays, Bruno is paid, Carla must see nothing.

Everything is made through services and real calls; the banks are a real simulator process.
"""

import itertools
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from rest_framework.test import APIClient
from stdnum.br import cnpj, cpf

from core.tasks import drain
from core.transactions import owns_block
from payments.enums import Capability
from payments.models import FundingSource, LimitRule, Payment
from payments.services.agreements import (
    AgreementTerms,
    NewBank,
    NewClearance,
    RailTerms,
    Signatures,
    add_bank,
    draft_agreement,
    move_agreement,
    record_clearance,
    sign_agreement,
)
from payments.services.availability import add_country, check_country, open_capability
from payments.services.checking import run_checks
from payments.services.funding import add_funding_source, add_payout_account, verify_funding_source
from payments.services.health import probe_bank
from payments.services.limits import put_standard_rules
from people.models import Device, Party, Person
from people.queries import sandbox_code
from people.services.identity import put_identity
from people.services.parties import open_business
from people.services.pins import set_pin
from people.services.proofs import PinEvidence, prove
from people.services.signing import NewDevice, request_code, sign_in
from people.services.staff import create_staff
from tests.bank_simulator.harness import Simulator
from tests.people.cast import Ed25519Key, unb64

PIN = "739164"
BANKS = ("banco-ipe", "banco-mar")
XX_BANKS = ("banco-xis", "banco-zeta")
SAO_PAULO = "America/Sao_Paulo"
_numbers = itertools.count(1)


@dataclass
class Someone:
    """A person who signed in on a phone with a key."""

    person: Person
    device: Device
    key: Ed25519Key
    client: APIClient
    tax_id: str

    @property
    def currency(self) -> str:
        assert self.person.party is not None
        return {"BR": "BRL", "XX": "XTS"}[self.person.party.country]

    @property
    def party_id(self) -> int:
        assert self.person.party_id is not None
        return self.person.party_id

    @property
    def party(self) -> str:
        assert self.person.party is not None
        return self.person.party.public_id

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(path, query)

    def post(self, path: str, body: Any = None, key: str | None = None) -> Any:
        headers = {"Idempotency-Key": key} if key is not None else None
        return self.client.post(path, body or {}, format="json", headers=headers)

    def quote(self, to: Any, amount_minor: int | None = None, **more: Any) -> Any:
        body: dict[str, Any] = {"to": to, **more}
        if amount_minor is not None:
            body["amount"] = {"amount_minor": amount_minor, "currency": self.currency}
        return self.post("/v1/quotes", body)

    def proof(self, digest: str, pin: str = PIN) -> dict[str, str]:
        return {"method": "pin", "pin": pin, "signature": self.key.sign(unb64(digest))}

    def approve(self, quote: Any, *, key: str | None = None, pin: str = PIN) -> Any:
        body = {"quote": quote["id"], "proof": self.proof(quote["digest"], pin)}
        return self.post("/v1/payments", body, key=key or new_key())

    def pay(self, to: Any, amount_minor: int | None = None, **more: Any) -> Any:
        """Quote and pay; the answer of the payment."""
        quote = self.quote(to, amount_minor, **more)
        assert quote.status_code == 201, quote.json()
        return self.approve(quote.json())


def new_key() -> str:
    return f"key-{next(_numbers)}"


def new_staff(login: str) -> Person:
    return create_staff(
        login=f"{login}-{next(_numbers)}",
        password="a long enough passphrase",
        totp_secret="JBSWY3DPEHPK3PXP",
        is_superuser=True,
    )


def open_bank(simulator: Simulator, slug: str, currency: str = "BRL") -> None:
    """Open a bank at the simulator; each test run meets it again."""
    body = {
        "name": slug,
        "currency": currency,
        "timezone": SAO_PAULO,
        "ispb": f"{sum(map(ord, slug)):08d}",
    }
    answer = simulator.client.put(f"/banks/{slug}", json=body)
    assert answer.status_code in {200, 201}, answer.text


def open_land(
    simulator: Simulator, iso2: str = "BR", *, banks: tuple[str, ...] = BANKS, holds: bool = False
) -> None:
    """Open a country for both kinds of payment, with evidence, as staff do."""
    staff = new_staff(f"opener-{iso2}")
    currency = {"BR": "BRL", "XX": "XTS"}[iso2]
    facts = {
        "iso2": iso2,
        "name": iso2,
        "currency": currency,
        "timezone": SAO_PAULO,
        "min_live_banks": 2,
        "holds_funds": holds,
    }
    add_country(facts=facts, staff=staff)
    for slug in banks:
        _sign_bank(simulator, staff, iso2, slug, currency)
    with owns_block():
        put_standard_rules(country=iso2)
    clearance = NewClearance(
        country=iso2,
        capability="",
        scheme="payment initiation",
        instrument="test clearance",
        valid_from_date=date(2020, 1, 1),
        evidence="kept in a drawer",
    )
    record_clearance(staff=staff, clearance=clearance)
    check_country(country=iso2)
    for capability in Capability.values:
        open_capability(staff=staff, country=iso2, capability=capability, reason="test")


def _sign_bank(simulator: Simulator, staff: Person, iso2: str, slug: str, currency: str) -> None:
    open_bank(simulator, slug, currency)
    new = NewBank(slug, slug, iso2, currency, SAO_PAULO, f"{sum(map(ord, slug)):08d}", "sandbox")
    add_bank(staff=staff, bank=new)
    rail = RailTerms("sandbox", time(18), SAO_PAULO, 1, 10**12)
    terms = AgreementTerms(
        date(2020, 1, 1), None, ("person_to_person", "purchase", "refund", "enrolment"), rail
    )
    agreement = draft_agreement(staff=staff, bank=slug, terms=terms).public_id
    signatures = Signatures("a" * 64, "Dona Marta", "Seu Jorge")
    sign_agreement(staff=staff, agreement_id=agreement, signatures=signatures)
    move_agreement(staff=staff, agreement_id=agreement, state="live", reason="test")
    for _ in range(2):
        probe_bank(bank=slug)


def join(name: str, *, country: str = "BR", phone: str = "") -> Someone:
    """Sign a new person up by phone, with nothing else."""
    phone = phone or f"+55119{90000000 + next(_numbers):08d}"
    if country == "XX":
        phone = f"+999{next(_numbers):09d}"
    request_code(phone=phone)
    found = sandbox_code(phone)
    assert found is not None
    key = Ed25519Key()
    new = NewDevice("phone", key.jwk)
    signed = sign_in(phone=phone, code=found[0], device=new, display_name=name)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {signed.token}")
    return Someone(signed.person, signed.device, key, client, new_cpf())


def sign_in_again(someone: Someone) -> Someone:
    """The same person on another phone, with a key of its own."""
    again = join("again", phone=str(someone.person.phone))
    again.tax_id = someone.tax_id
    return again


def enrol(someone: Someone, legal_name: str) -> Someone:
    """Give identity and PIN."""
    put_identity(
        person=someone.person,
        legal_name=legal_name,
        tax_id=someone.tax_id,
        birth_date=date(1990, 5, 17),
        terms=["payments", "privacy"],
    )
    set_pin(person=someone.person, device=someone.device, pin=PIN, pin_again=PIN)
    return someone


def new_cpf() -> str:
    base = f"{next(_numbers):09d}"
    return next(f"{base}{end:02d}" for end in range(100) if cpf.is_valid(f"{base}{end:02d}"))


def new_account(
    simulator: Simulator,
    tax_id: str,
    *,
    balance_minor: int,
    bank: str,
    kind: str = "bank_account",
    holder_name: str = "Somebody",
) -> dict[str, Any]:
    """Open an account at the simulated bank, as its own page would."""
    body = {
        "kind": kind,
        "balance_minor": balance_minor,
        "holder_tax_id": tax_id,
        "holder_name": holder_name,
    }
    answer = simulator.client.post(f"/banks/{bank}/accounts", json=body)
    assert answer.status_code == 201, answer.text
    account: dict[str, Any] = answer.json()
    return account


def link(
    simulator: Simulator,
    someone: Someone,
    *,
    balance_minor: int = 100_000_00,
    bank: str = BANKS[0],
    kind: str = "bank_account",
) -> FundingSource:
    """Link a new account with money in it, verified with the bank's code."""
    account = new_account(
        simulator, someone.tax_id, balance_minor=balance_minor, bank=bank, kind=kind
    )
    source = add_funding_source(person=someone.person, kind=kind, bank=bank, token=account["token"])
    return verify_funding_source(
        person=someone.person, source_id=source.public_id, code=account["verification_code"]
    )


def new_payer(
    simulator: Simulator,
    name: str,
    *,
    balance_minor: int = 100_000_00,
    bank: str = BANKS[0],
    country: str = "BR",
) -> Someone:
    """Sign somebody up to the end: identity, PIN, a verified account with money."""
    someone = enrol(join(name, country=country), f"{name} Souza")
    link(simulator, someone, balance_minor=balance_minor, bank=bank)
    return someone


def new_business(
    simulator: Simulator,
    name: str = "Padaria do Zé",
    *,
    country: str = "BR",
    bank: str = BANKS[1],
) -> Party:
    """Open a business with a payout account at the second bank."""
    base = f"{next(_numbers):08d}0001"
    tax_id = base + cnpj.calc_check_digits(base) if country == "BR" else f"XX{base[:9]}"
    with owns_block():
        party = open_business(
            display_name=name, country=country, legal_name=f"{name} Ltda", tax_id=tax_id
        )
    account = new_account(simulator, tax_id, balance_minor=0, bank=bank)
    add_payout_account(
        party_id=party.id,
        bank=bank,
        token=account["token"],
        code=account["verification_code"],
        actor=None,
    )
    return party


def balance_at(simulator: Simulator, source: FundingSource) -> int:
    """Return what the bank says is in a linked account."""
    answer = simulator.client.get(f"/banks/{source.bank}/accounts/{source.token}")
    found: int = answer.json()["balance_minor"]
    return found


def prove_quote(someone: Someone, quote: Any) -> str:
    """Give the PIN for a quote, and nothing else; the id of the proof."""
    evidence = PinEvidence(PIN, someone.key.sign(unb64(quote["digest"])))
    return prove(
        person=someone.person,
        device=someone.device,
        digest=unb64(quote["digest"]),
        evidence=evidence,
    )


def raise_limits() -> None:
    """Lift every limit out of the way, by data as an operator would."""
    LimitRule.objects.update(value=10**12)


def state_of(public_id: str) -> str:
    return Payment.objects.get(public_id=public_id).state


def work() -> None:
    """Do what is owed, as the worker does."""
    drain(seconds=30)


def prove_the_books() -> None:
    """Fail, naming what is wrong, unless every invariant holds."""
    wrong = {each.check.name: each.offenders for each in run_checks() if each.offenders}
    assert wrong == {}
