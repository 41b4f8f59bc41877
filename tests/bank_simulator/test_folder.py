"""The folder: whole files are taken once, half-written ones refused, answers laid out whole."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bank_simulator.harness import Bank, Simulator
from tests.bank_simulator.papers import Paper, Sheet


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[Simulator]:
    options = ("--folder", str(tmp_path / "files"), "--folder-seconds", "0.05")
    with Simulator(tmp_path / "books.sqlite3", options=options) as started:
        yield started


def folder(simulator: Simulator, bank: Bank) -> Path:
    return simulator.store.parent / "files" / bank.slug


def wait_for(path: Path) -> bytes:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        if path.exists():
            return path.read_bytes()
        time.sleep(0.02)
    raise AssertionError(f"{path.name} never came")


def drop(home: Path, name: str, content: bytes) -> None:
    wait_for_folder = home / "in"
    deadline = time.monotonic() + 10
    while not wait_for_folder.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    part = home / "in" / f".{name}.part"
    part.write_bytes(content)
    part.rename(home / "in" / name)


def test_file_is_taken_once_and_answered(exchange: Simulator) -> None:
    bank = exchange.open_bank()
    home = folder(exchange, bank)
    shop = bank.open_account(0)["token"]
    content = Paper("M1", [(shop, "5.00", "E1")]).content()
    drop(home, "payouts.xml", content)
    assert b"<TxSts>ACCP</TxSts>" in wait_for(home / "out" / "pain002-M1-received.xml")
    assert (home / "done" / "payouts.xml").read_bytes() == content
    (home / "out" / "pain002-M1-received.xml").unlink()
    drop(home, "payouts-again.xml", content)
    wait_for(home / "out" / "pain002-M1-received.xml")
    assert bank.cutoff()["executed"] == 1
    assert b"<TxSts>ACSC</TxSts>" in wait_for(home / "out" / "pain002-M1-final.xml")
    day = bank.call("GET", "").json()["last_closed"]
    assert Sheet.read(wait_for(home / "out" / f"camt053-{day}.xml")).lines == [("E1", -500)]
    assert b"<EndToEndId>E1</EndToEndId>" in wait_for(home / "out" / "camt054-000000000001.xml")
    assert bank.balance(shop) == 5_00


def test_half_written_and_changed_files_are_refused(exchange: Simulator) -> None:
    bank = exchange.open_bank()
    home = folder(exchange, bank)
    shop = bank.open_account(0)["token"]
    content = Paper("M1", [(shop, "5.00", "E1")]).content()
    drop(home, "half.xml", content[: len(content) // 2])
    told = json.loads(wait_for(home / "out" / "refused-half.json"))
    assert (told["file"], told["code"]) == ("half.xml", "xml_invalid")
    drop(home, "whole.xml", content)
    wait_for(home / "done" / "whole.xml")
    drop(home, "other.xml", Paper("M1", [(shop, "5.01", "E1")]).content())
    told = json.loads(wait_for(home / "out" / "refused-other.json"))
    assert told["code"] == "batch_reused"
    (home / "in" / ".hidden.xml").write_bytes(content)
    assert bank.cutoff()["executed"] == 1
    assert (home / "in" / ".hidden.xml").exists()


def test_restart_lays_nothing_twice(exchange: Simulator) -> None:
    bank = exchange.open_bank()
    home = folder(exchange, bank)
    ana = bank.open_account(10)["token"]
    bank.debit(ana, 1, "d1")
    laid = home / "out" / "camt054-000000000001.xml"
    wait_for(laid)
    laid.unlink()
    exchange.kill()
    exchange.start()
    bank.debit(ana, 1, "d2")
    wait_for(home / "out" / "camt054-000000000002.xml")
    assert not laid.exists()


def test_bank_may_lay_out_half_a_file_or_the_same_twice(exchange: Simulator) -> None:
    bank = exchange.open_bank()
    home = folder(exchange, bank)
    ana = bank.open_account(10)["token"]
    bank.set_fault("file_half_written", count=1, delay_seconds=0.5)
    bank.set_fault("file_resent", count=1)
    bank.debit(ana, 1, "d1")
    laid = home / "out" / "camt054-000000000001.xml"
    assert not wait_for(laid).endswith(b"</Document>")
    time.sleep(1)
    assert wait_for(laid).endswith(b"</Document>")
    bank.debit(ana, 1, "d2")
    again = wait_for(home / "out" / "camt054-000000000002-again.xml")
    assert again == (home / "out" / "camt054-000000000002.xml").read_bytes()
