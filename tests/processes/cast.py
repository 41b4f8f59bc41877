"""Ana, Bruno and the others with their phones, and many requests sent at one moment."""

import http.client
import json
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from config.story.client import Api
from config.story.people import Phone, new_key
from config.story.transcript import Transcript
from tests.processes.instance import Instance, wait_until

IPE, JATOBA, SANDBOX_BANK = "banco-ipe", "banco-jatoba", "sandbox-bank"
WRONG_PIN = "264935"
# A machine that has other things to do answers a hundred payments late, and answers.
ANSWER_SECONDS = 120.0
FRONT_SECONDS = 55.0
FINAL = ("completed", "failed", "cancelled", "returned")
T = TypeVar("T")


@dataclass(frozen=True)
class Answer:
    """What came back; status 0 when the connection ended without an answer."""

    http_status: int
    body: dict[str, Any]

    @property
    def code(self) -> str:
        return str(self.body.get("code", ""))


class Caller(Api):
    """The story's client, which also lends its token out."""

    token = ""

    def use_token(self, token: str) -> None:
        self.token = token
        super().use_token(token)


class Someone:
    """A person with a phone, a PIN and an account at a bank."""

    def __init__(self, instance: Instance, name: str, *, number: str = "") -> None:
        self.instance = instance
        self.api = Caller(instance.url, Transcript(lambda _line: None), name)
        self.phone = Phone(name, self.api)
        self.phone.number = number or self.phone.number
        self.phone.sign_in()

    @property
    def party(self) -> str:
        return self.phone.party

    @property
    def party_id(self) -> int:
        found = self.instance.one("SELECT id FROM people_party WHERE public_id = %s", self.party)
        return int(found)

    @property
    def token(self) -> str:
        """The token of the account at the bank."""
        query = "SELECT token FROM payments_fundingsource WHERE party_id = %s AND kind = %s"
        return str(self.instance.one(query, self.party_id, "bank_account"))

    def quotes(self, other: "Someone", amount_minor: int, times: int, **more: str) -> list[Any]:
        """Take as many quotes, a few at a time; one is good for a few minutes."""

        def take() -> dict[str, Any]:
            answer = self.ask_quote(other, amount_minor, **more)
            assert answer.http_status == 201, answer
            assert answer.body["refusal"] is None, answer
            return answer.body

        with ThreadPoolExecutor(max_workers=8) as pool:
            return list(pool.map(lambda _turn: take(), range(times)))

    def ask_quote(self, other: "Someone", amount_minor: int, **more: str) -> "Answer":
        """Ask once what a payment would be."""
        currency = "XTS" if self.phone.number.startswith("+999") else "BRL"
        amount = {"amount_minor": amount_minor, "currency": currency}
        return send(self, "/v1/quotes", {"to": {"party": other.party}, "amount": amount, **more})

    def approval(self, quote: dict[str, Any], *, pin: str = "") -> dict[str, Any]:
        return {"quote": quote["id"], "proof": self.phone.proof(quote["digest"], pin=pin)}

    def payments(self) -> dict[str, tuple[str, str]]:
        """Return the state and failure code of each payment that this person made."""
        rows = self.instance.rows(
            "SELECT public_id, state, failure_code FROM payments_payment WHERE payer_id = %s",
            self.party_id,
        )
        return {public_id: (state, code) for public_id, state, code in rows}

    def wait_until_over(self, *, seconds: float = 120) -> list[tuple[str, str]]:
        """Wait for the end of each payment; return their ends, sorted."""

        def all_over() -> bool:
            return all(state in FINAL for state, _code in self.payments().values())

        wait_until(all_over, f"the end of all payments of {self.phone.name}", seconds=seconds)
        return sorted(self.payments().values())


def new_brazilian(
    instance: Instance, name: str, *, bank: str = IPE, balance_minor: int = 100_000
) -> Someone:
    someone = Someone(instance, name)
    someone.phone.enrol(bank=bank, balance_minor=balance_minor)
    return someone


def new_sandboxlander(instance: Instance, name: str, *, balance_minor: int = 100_000) -> Someone:
    number = f"+999{secrets.randbelow(10**9):09d}"
    someone = Someone(instance, name, number=number)
    someone.phone.tax_id = f"XX{secrets.randbelow(10**9):09d}"
    someone.phone.enrol(bank=SANDBOX_BANK, balance_minor=balance_minor)
    return someone


def give_balance(giver: Someone, taker: Someone, amount_minor: int) -> str:
    """Pay from a bank into a balance; return the funding source that the balance is."""
    (quote,) = giver.quotes(taker, amount_minor, 1)
    giver.phone.pay(quote, key=new_key())
    assert giver.wait_until_over()[-1] == ("completed", "")
    source = taker.api.call("POST", "/v1/funding-sources", {"kind": "balance"}, expect=201)
    return str(source["id"])


def send(
    who: Someone,
    path: str,
    body: object,
    ready: Any = None,
    *,
    key: str = "",
    method: str = "POST",
) -> Answer:
    """Send once, on a connection of its own, when the barrier ``ready`` opens."""
    connection = http.client.HTTPConnection("127.0.0.1", who.instance.port, timeout=ANSWER_SECONDS)
    headers = {"Authorization": f"Bearer {who.api.token}", "Content-Type": "application/json"}
    if key:
        headers["Idempotency-Key"] = key
    if ready is not None:
        ready.wait(timeout=60)
    try:
        connection.request(method, path, body=json.dumps(body), headers=headers)
        reply = connection.getresponse()
        content = reply.read()
        return Answer(reply.status, json.loads(content) if content else {})
    except (OSError, http.client.HTTPException):
        return Answer(0, {})
    finally:
        connection.close()


def at_once(works: Sequence[Callable[[threading.Barrier], T]], *, threads: int = 0) -> list[T]:
    """Do all works at the same moment; with fewer threads than works in rounds."""
    threads = threads or len(works)
    assert len(works) % threads == 0
    gate = threading.Barrier(threads)
    with ThreadPoolExecutor(max_workers=threads) as pool:
        return list(pool.map(lambda work: work(gate), works))


def pay_at_once(who: Someone, requests: Sequence[tuple[dict[str, Any], str]]) -> list[Answer]:
    """Send approved payments, each a body and its key, at the same moment."""
    return at_once([payment(who, body, key) for body, key in requests])


def payment(
    who: Someone, body: dict[str, Any], key: str
) -> Callable[[threading.Barrier | None], Answer]:
    """Return the sending of an approved payment; who is asked to come back later does.

    The front lets nobody wait longer than a minute. On a machine with much else to do that may
    happen; an answer of 5xx that came sooner stands.
    """

    def work(gate: threading.Barrier | None) -> Answer:
        late = time.monotonic() + FRONT_SECONDS
        answer = send(who, "/v1/payments", body, key=key, ready=gate)
        while answer.http_status == 429 or _is_late(answer, late):
            answer = send(who, "/v1/payments", body, key=key)
        return answer

    return work


def _is_late(answer: Answer, late: float) -> bool:
    return answer.code in {"not_ready", "in_progress"} and time.monotonic() > late
