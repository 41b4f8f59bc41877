"""A long file and a long day need little memory: both are read and written page by page."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bank_simulator.harness import Bank, Simulator
from tests.bank_simulator.papers import PAIN

MOST_GROWTH_KB = 60_000


def transfer(token: str, number: int) -> str:
    return (
        f"<CdtTrfTxInf><PmtId><EndToEndId>E{number}</EndToEndId></PmtId>"
        '<Amt><InstdAmt Ccy="BRL">0.01</InstdAmt></Amt>'
        f"<CdtrAcct><Id><Othr><Id>{token}</Id></Othr></Id></CdtrAcct></CdtTrfTxInf>"
    )


def paper(token: str, count: int) -> Iterator[bytes]:
    sums = f"<NbOfTxs>{count}</NbOfTxs><CtrlSum>{count // 100}.{count % 100:02d}</CtrlSum>"
    yield (
        f'<Document xmlns="{PAIN.format(version="09")}"><CstmrCdtTrfInitn><GrpHdr>'
        f"<MsgId>M1</MsgId><CreDtTm>2026-11-23T12:00:00</CreDtTm>{sums}</GrpHdr>"
        "<PmtInf><PmtInfId>P1</PmtInfId><PmtMtd>TRF</PmtMtd>"
        "<DbtrAcct><Id><Othr><Id>clearing</Id></Othr></Id></DbtrAcct>"
    ).encode()
    for first in range(0, count, 1000):
        numbers = range(first, min(first + 1000, count))
        yield "".join(transfer(token, number) for number in numbers).encode()
    yield b"</PmtInf></CstmrCdtTrfInitn></Document>"


def peak_kb(simulator: Simulator) -> int:
    assert simulator.process is not None
    told = Path(f"/proc/{simulator.process.pid}/status").read_text(encoding="utf-8")
    return int(told.split("VmHWM:")[1].split()[0])


def lines_of(bank: Bank, path: str, mark: bytes) -> int:
    """Count a mark in a paper without keeping the paper."""
    found, tail = 0, b""
    client = bank.simulator.client
    with client.stream("GET", f"/banks/{bank.slug}{path}", timeout=300) as answer:
        assert answer.status_code == 200
        for piece in answer.iter_bytes():
            seen = io.BytesIO(tail + piece).getvalue()
            found += seen.count(mark)
            tail = seen[-len(mark) + 1 :]
    return found


@pytest.mark.parametrize("count", [5_000, pytest.param(100_000, marks=pytest.mark.long)])
def test_memory_does_not_grow_with_the_lines(own_simulator: Simulator, count: int) -> None:
    bank = own_simulator.open_bank()
    shop = bank.open_account(0)["token"]
    before = peak_kb(own_simulator)
    answer = bank.call("POST", "/batches", content=paper(shop, count), timeout=300)
    assert answer.status_code == 202, answer.text
    closed = bank.call("POST", "/cutoff", json={}, timeout=300).json()
    assert closed["executed"] == count
    assert lines_of(bank, "/batches/M1", b'"settled"') == count
    assert lines_of(bank, "/batches/M1/pain002", b"<TxInfAndSts>") == count
    assert lines_of(bank, f"/statements/{closed['date']}", b"<Ntry>") == count
    bank.call("GET", "/notifications")
    assert lines_of(bank, "/notifications/1", b"<Ntry>") == count
    assert peak_kb(own_simulator) - before < MOST_GROWTH_KB
