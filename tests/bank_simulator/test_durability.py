"""What was answered survives: `kill -9`, restarts, waiting executions, the store's own safety."""

import io
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import httpx
import pytest

from bank_simulator import banks, batches, pain001
from bank_simulator.errors import Refusal
from bank_simulator.store import Store, StoreRefused
from tests.bank_simulator.harness import ROOT, Bank, Simulator
from tests.bank_simulator.papers import Paper

DEBITS = 200


def debit_until_killed(bank: Bank, token: str, acknowledged: set[str], number: int) -> None:
    try:
        answer = bank.debit(token, 1 + number, f"d{number}")
    except httpx.TransportError:
        return
    if answer.json()["outcome"] == "executed":
        acknowledged.add(f"d{number}")


@pytest.mark.parametrize("kill_after", [20, 90])
def test_kill_during_debits_loses_and_doubles_nothing(
    own_simulator: Simulator, kill_after: int
) -> None:
    bank = own_simulator.open_bank()
    ana = bank.open_account(10**9)["token"]
    acknowledged: set[str] = set()
    with ThreadPoolExecutor(8) as pool:
        threading.Thread(target=_kill_when, args=(own_simulator, acknowledged, kill_after)).start()
        list(pool.map(lambda n: debit_until_killed(bank, ana, acknowledged, n), range(DEBITS)))
    assert kill_after <= len(acknowledged) < DEBITS
    own_simulator.start()
    kept = own_simulator.oracle(bank.slug)
    names = [row["instruction_id"] for row in kept["executions"]]
    assert len(names) == len(set(names))
    assert acknowledged <= set(names)
    for number in range(DEBITS):
        assert bank.debit(ana, 1 + number, f"d{number}").json()["outcome"] == "executed"
    told = own_simulator.oracle(bank.slug)
    assert sorted(row["instruction_id"] for row in told["executions"]) == sorted(
        f"d{number}" for number in range(DEBITS)
    )
    moved = sum(1 + number for number in range(DEBITS))
    assert told["balances"] == {"clearing": moved, ana: 10**9 - moved}


def _kill_when(simulator: Simulator, acknowledged: set[str], count: int) -> None:
    while len(acknowledged) < count:
        time.sleep(0.001)
    simulator.kill()


def test_waiting_execution_happens_after_a_restart(own_simulator: Simulator) -> None:
    bank = own_simulator.open_bank()
    ana = bank.open_account(10)["token"]
    bank.set_fault("executes_after_timeout", count=1, delay_seconds=1)
    with pytest.raises(httpx.RemoteProtocolError):
        bank.debit(ana, 4, "d1")
    own_simulator.kill()
    own_simulator.start()
    deadline = time.monotonic() + 5
    while bank.look_up("d1").json()["outcome"] == "pending" and time.monotonic() < deadline:
        time.sleep(0.05)
    assert bank.look_up("d1").json()["outcome"] == "executed"
    assert bank.balance(ana) == 6


def test_clock_faults_and_batches_survive_a_restart(own_simulator: Simulator) -> None:
    bank = own_simulator.open_bank()
    own_simulator.client.post("/clock", json={"offset_seconds": 3600})
    fault = bank.set_fault("reject", count=3)
    own_simulator.kill()
    own_simulator.start()
    assert own_simulator.client.get("/clock").json()["offset_seconds"] == 3600
    assert bank.call("GET", "/faults").json() == {"faults": [fault]}


def test_reset_begins_anew(own_simulator: Simulator) -> None:
    own_simulator.open_bank()
    own_simulator.stop()
    Store.open(own_simulator.store, reset=True).close()
    own_simulator.start()
    assert own_simulator.client.get("/health").json()["banks"] == {}


def test_second_process_on_one_store_is_refused(own_simulator: Simulator) -> None:
    with pytest.raises(StoreRefused, match="locked"):
        Store.open(own_simulator.store)
    with pytest.raises(StoreRefused, match="locked"):
        Store.open(own_simulator.store, reset=True)
    assert own_simulator.client.get("/health").status_code == 200


def test_file_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "diary.sqlite3"
    with sqlite3.connect(path) as diary:
        diary.execute("CREATE TABLE days (words TEXT)")
    diary.close()
    before = path.read_bytes()
    for reset in (False, True):
        with pytest.raises(StoreRefused, match="left alone"):
            Store.open(path, reset=reset)
    assert path.read_bytes() == before
    text = tmp_path / "notes.txt"
    text.write_text("not a database, but long enough to be looked at as one " * 20)
    with pytest.raises(StoreRefused):
        Store.open(text, reset=True)
    assert text.exists()


def test_store_of_another_version_asks_for_reset(tmp_path: Path) -> None:
    path = tmp_path / "books.sqlite3"
    Store.open(path).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StoreRefused, match="--reset"):
        Store.open(path)
    Store.open(path, reset=True).close()
    Store.open(path).close()


def test_older_store_is_brought_up_to_date_with_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "books.sqlite3"
    connection = sqlite3.connect(path)
    connection.executescript((ROOT / "bank_simulator" / "schema_v1.sql").read_text())
    connection.execute("INSERT INTO banks VALUES ('b', 'B', 'BRL', 'UTC', '1', '2026-11-01', 0)")
    connection.execute(
        "INSERT INTO movements VALUES (7, 'b', 'instant:d1', 'debit', 't', 5, 'BRL', 'd1', NULL,"
        " NULL, 'E1', '', 'R1', '2026-11-01T00:00:00.000Z', '2026-11-01', 5)"
    )
    connection.commit()
    connection.close()
    store = Store.open(path)
    kept = store.call(
        lambda c: tuple(c.execute("SELECT id, source, kind FROM movements").fetchone())
    )
    store.close()
    assert kept == (7, "instant:d1", "debit")


def test_file_cut_short_by_a_crash_is_nothing_until_it_comes_again(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "books.sqlite3")
    names = ("b", "B", "BRL", "UTC", "1", date(2026, 11, 1), 0)
    store.call(lambda c: banks.put_bank(c, banks.Bank(*names), names_balance=True))
    content = Paper("M1", [("tok_nobody", "1.00", f"E{n}") for n in range(5)]).content()
    file = pain001.read_batch(io.BytesIO(content), debtor="clearing")
    with pytest.raises(Refusal):
        batches.receive_batch(store, "b", file, io.BytesIO(content[:900] + b"<"), "other")
    bank = store.call(lambda c: banks.find_bank(c, "b"))
    with pytest.raises(Refusal, match="not_found"):
        store.call(lambda c: batches.find_batch(c, bank, "M1"))
    assert store.call(lambda c: batches.execute_some(c, bank, datetime.now(UTC))).count == 0
    for _ in range(2):
        batches.receive_batch(store, "b", file, io.BytesIO(content), "digest")
    row = store.call(lambda c: batches.find_batch(c, bank, "M1"))
    assert (row["state"], row["items"]) == ("rejected", 5)
    store.close()


def test_refused_job_undoes_only_itself(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "books.sqlite3")

    def fail(connection: sqlite3.Connection) -> None:
        connection.execute("UPDATE world SET offset_seconds = 1")
        raise LookupError

    def advance(connection: sqlite3.Connection) -> None:
        connection.execute("UPDATE world SET draws = draws + 1")

    endings = [store.submit(job) for job in (advance, fail, advance)]
    assert endings[0].result() is None
    assert isinstance(endings[1].exception(), LookupError)
    assert endings[2].result() is None
    row = store.call(
        lambda c: tuple(c.execute("SELECT offset_seconds, draws FROM world").fetchone())
    )
    assert row == (0, 2)
    store.close()


@pytest.mark.parametrize(
    ("environment", "arguments"),
    [({}, ["--store", "x"]), ({"TROCO_SIMULATOR_SECRET": "s"}, [])],
)
def test_process_says_what_it_misses(environment: dict[str, str], arguments: list[str]) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "bank_simulator", *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        timeout=20,
        check=False,
    )
    assert ended.returncode == 2
    assert b"TROCO_SIMULATOR_SECRET" in ended.stderr
