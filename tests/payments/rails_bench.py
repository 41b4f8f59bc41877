"""What the tests of rails share: a bank process, accounts, instructions, and servers that lie."""

import itertools
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from types import MappingProxyType

from pytest_django import Settings

from payments.rails import Instruction, Offer, Original, Outcome, rail_named
from payments.rails.pain001 import FileHead, Transfer
from tests.bank_simulator.harness import Bank

# Every rail, with the kind of account that it moves money of.
RAILS: Mapping[str, str] = MappingProxyType(
    {
        "sandbox": "bank_account",
        "pix": "bank_account",
        "cards": "debit_card",
        "iso20022": "bank_account",
    }
)
NOON = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # Noon in Brasília.
_numbers = itertools.count(1)


def offering(offer: Offer) -> list[str]:
    return [name for name in RAILS if offer in rail_named(name).offers]


def open_account(bank: Bank, name: str, balance_minor: int = 100_00) -> str:
    token: str = bank.open_account(balance_minor, kind=RAILS[name])["token"]
    return token


def ask(
    name: str,
    bank: Bank,
    account: str,
    amount_minor: int = 10_00,
    gives_back: Original | None = None,
) -> Instruction:
    """Return an instruction named as the product would name it."""
    names = rail_named(name).names(
        f"ins-{next(_numbers)}",
        moment=NOON,
        member_id=lambda: "90000001",
        gives_back=gives_back,
    )
    return Instruction(
        names.instruction_id,
        bank.slug,
        account,
        amount_minor,
        "BRL",
        names.end_to_end_id,
        "a test",
        gives_back=gives_back,
        approved_at=NOON,
        asked_at=NOON,
    )


def original(sent: Instruction, outcome: Outcome) -> Original:
    assert outcome.executed_at is not None
    return Original(sent.instruction_id, sent.end_to_end_id, outcome.executed_at)


def later(sent: Instruction, moment: datetime) -> Instruction:
    return replace(sent, asked_at=moment)


def executed(bank: Bank) -> int:
    return len(bank.simulator.oracle(bank.slug)["executions"])


def file_head(count: int, total_minor: int, version: str = "pain.001.001.09") -> FileHead:
    return FileHead(
        message_id=f"bat-{next(_numbers)}",
        made_at=datetime(2026, 11, 23, tzinfo=UTC),
        initiator="Troco",
        bank_member_id="90000001",
        debtor_account="clearing",
        execution_date=date(2026, 11, 23),
        currency="BRL",
        count=count,
        total_minor=total_minor,
        version=version,
    )


def two_transfers(account: str) -> list[Transfer]:
    """One to an account, one to nobody."""
    return [Transfer("pyo-1", account, "Zé", 10_00, ""), Transfer("pyo-2", "no", "Zé", 20_00, "")]


def point_at(settings: Settings, url: str) -> None:
    settings.TROCO_SIMULATOR_URL = url
    settings.TROCO_HTTP_ALLOWED_ORIGINS = [url]


@contextmanager
def liar(answer: bytes) -> Iterator[str]:
    """A server that reads each request and says whatever it was told to say."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65536)
                    connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)
        thread.join(timeout=5)


def http(status: str, body: bytes) -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
