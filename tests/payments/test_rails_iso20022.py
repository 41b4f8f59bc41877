"""Files with a bank: reports read exactly, and a folder in which only whole files count."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from pytest_django import Settings

from core.transactions import OwnershipError, owns_block
from payments.rails import BatchItem, RailUnavailable, StatementNotReady
from payments.rails.folders import whole_files
from payments.rails.iso20022 import Iso20022Rail
from payments.rails.pain001 import VERSIONS, write_file
from payments.rails.pain002 import ReportUnreadable, read_report
from tests.bank_simulator.harness import SECRET, Bank, Simulator
from tests.payments.rails_bench import (
    executed,
    file_head,
    http,
    liar,
    open_account,
    point_at,
    two_transfers,
)

pytestmark = pytest.mark.django_db
RAIL = Iso20022Rail()
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"


def first_of(bank: str, message_id: str) -> BatchItem:
    """Return what the bank says of the first payment of a file."""
    return next(iter(RAIL.look_up_batch(bank, message_id).items))


def wait_until(holds: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def report(*payments: str, group: str = "PART", message_id: str = "bat-1") -> bytes:
    status = f"<GrpSts>{group}</GrpSts>" if group else ""
    return (
        f"<Document xmlns='{NAMESPACE}'><CstmrPmtStsRpt><GrpHdr><MsgId>R1</MsgId></GrpHdr>"
        f"<OrgnlGrpInfAndSts><OrgnlMsgId>{message_id}</OrgnlMsgId>{status}</OrgnlGrpInfAndSts>"
        f"<OrgnlPmtInfAndSts>{''.join(payments)}</OrgnlPmtInfAndSts>"
        "</CstmrPmtStsRpt></Document>"
    ).encode()


def payment(name: str, status: str, reason: str = "") -> str:
    why = f"<StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn></StsRsnInf>" if reason else ""
    return (
        f"<TxInfAndSts><OrgnlEndToEndId>{name}</OrgnlEndToEndId><TxSts>{status}</TxSts>{why}"
        "</TxInfAndSts>"
    )


def test_a_report_is_read_payment_by_payment() -> None:
    about, answer = read_report(
        report(payment("p1", "ACSP"), payment("p2", "RJCT", "AC04"), payment("p3", "ACSC"))
    )
    assert (about, answer.kind) == ("bat-1", "partial")
    assert answer.items == (
        BatchItem("p1", "accepted"),
        BatchItem("p2", "rejected", "AC04"),
        BatchItem("p3", "settled"),
    )


@pytest.mark.parametrize(
    ("group", "statuses", "kind"),
    [
        ("RCVD", [], "received"),
        ("ACTC", [], "accepted"),
        ("RJCT", [], "rejected"),
        ("", [], "received"),
        ("", ["ACCP", "ACSC"], "accepted"),
        ("", ["ACCP", "RJCT"], "partial"),
        ("", ["RJCT", "RJCT"], "rejected"),
    ],
)
def test_the_whole_is_what_the_bank_says_or_what_its_parts_say(
    group: str, statuses: list[str], kind: str
) -> None:
    parts = [payment(f"p{place}", status) for place, status in enumerate(statuses)]
    assert read_report(report(*parts, group=group))[1].kind == kind


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"<html/>",
        report().replace(b"pain.002", b"pain.001"),
        report()[:-30],
        report(message_id=""),
        report(group="SOON"),
        report(payment("p1", "SOON")),
        b"<!DOCTYPE x [<!ENTITY a 'aaaa'>]>" + report(),
        b"<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>" + report(message_id="&a;"),
    ],
)
def test_what_is_no_report_is_refused(content: bytes) -> None:
    with pytest.raises(ReportUnreadable):
        read_report(content)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (http("200 OK", b"garbage"), "unknown"),
        (http("200 OK", report(message_id="another")), "unknown"),
        (http("200 OK", report(group="ACCP")), "accepted"),
        (http("404 Not Found", b"<html/>"), "unknown"),
        (http("404 Not Found", b'{"code": "not_found"}'), "not_found"),
        (http("500 Internal Server Error", report()), "unknown"),
        (b"", "unknown"),
    ],
)
def test_a_strange_answer_says_nothing_of_a_file(
    settings: Settings, answer: bytes, kind: str
) -> None:
    with liar(answer) as url:
        point_at(settings, url)
        assert RAIL.look_up_batch("banco-x", "bat-1").kind == kind


@pytest.fixture
def exchange(tmp_path: Path, settings: Settings) -> Iterator[tuple[Bank, Path]]:
    """A bank of this test alone that exchanges files in a folder."""
    folder = tmp_path / "exchange"
    options = ("--folder", str(folder), "--folder-seconds", "0.05")
    with Simulator(tmp_path / "books.sqlite3", options=options) as started:
        point_at(settings, str(started.client.base_url).rstrip("/"))
        settings.TROCO_SIMULATOR_SECRET = SECRET
        bank = started.open_bank()
        settings.TROCO_BANK_FOLDERS = {bank.slug: str(folder)}
        wait_until(lambda: RAIL.is_healthy(bank.slug) == (True, ""))
        yield bank, folder / bank.slug


@pytest.mark.parametrize("version", VERSIONS)
def test_a_file_goes_out_and_its_reports_and_statement_come_in(
    exchange: tuple[Bank, Path], version: str
) -> None:
    bank, folder = exchange
    account = open_account(bank, "iso20022", 0)
    head = file_head(2, 30_00, version)
    content = write_file(head, two_transfers(account))
    day = date.fromisoformat(bank.call("GET", "").json()["business_date"])
    assert RAIL.look_up_batch(bank.slug, head.message_id).kind == "not_found"
    assert RAIL.submit_batch(bank.slug, content).kind == "received"
    wait_until(lambda: RAIL.look_up_batch(bank.slug, head.message_id).kind == "partial")
    told = RAIL.look_up_batch(bank.slug, head.message_id)
    assert [(each.end_to_end_id, each.state) for each in told.items] == [
        ("pyo-1", "accepted"),
        ("pyo-2", "rejected"),
    ]
    assert RAIL.submit_batch(bank.slug, content).kind == "received"
    with pytest.raises(StatementNotReady):
        RAIL.statement(bank.slug, day)
    bank.cutoff()
    wait_until(lambda: first_of(bank.slug, head.message_id).state == "settled")
    wait_until(lambda: any("camt053" in path.name for path in (folder / "out").iterdir()))
    found = RAIL.statement(bank.slug, day)
    assert (found.head.closing_minor, executed(bank)) == (-10_00, 1)
    assert [each.end_to_end_id for each in found.entries()] == ["pyo-1"]
    assert list((folder / "in").iterdir()) == []


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    """A folder that nobody sweeps."""
    for part in ("in", "out"):
        (tmp_path / "banco-x" / part).mkdir(parents=True)
    settings.TROCO_BANK_FOLDERS = {"banco-x": str(tmp_path)}
    return tmp_path / "banco-x"


def test_the_same_file_again_is_one_and_another_under_its_name_is_refused(folder: Path) -> None:
    head = file_head(2, 30_00)
    content = write_file(head, two_transfers("tok_a"))
    assert RAIL.submit_batch("banco-x", content).kind == "received"
    assert RAIL.submit_batch("banco-x", content).kind == "received"
    assert [path.name for path in (folder / "in").iterdir()] == [f"{head.message_id}.xml"]
    other = write_file(head, two_transfers("tok_b"))
    assert RAIL.submit_batch("banco-x", other).kind == "rejected"
    assert (folder / "in" / f"{head.message_id}.xml").read_bytes() == content


def test_a_file_is_never_seen_half_written(folder: Path) -> None:
    content = write_file(file_head(2, 30_00), two_transfers("tok_a") * 5_000)
    sizes: set[int] = set()
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            sizes.update(path.stat().st_size for path in (folder / "in").glob("*.xml"))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        assert RAIL.submit_batch("banco-x", content).kind == "received"
    finally:
        done.set()
        watcher.join()
    assert sizes <= {len(content)}
    assert len(list((folder / "in").iterdir())) == 1


def test_what_the_bank_is_writing_is_passed_over_and_a_file_sent_again_is_one(
    folder: Path,
) -> None:
    out = folder / "out"
    (out / "a.xml").write_bytes(report(payment("p1", "ACCP"), group="ACCP"))
    os.utime(out / "a.xml", (1, 1))
    settled = report(payment("p1", "ACSC"), group="ACSC")
    (out / ".b.xml.part").write_bytes(settled)
    (out / "b.xml.tmp").write_bytes(settled)
    (out / "b.xml").write_bytes(settled[:-60])
    assert [path.name for path in whole_files(folder.parent, "banco-x")] == ["b.xml", "a.xml"]
    assert first_of("banco-x", "bat-1").state == "accepted"
    (out / "b.xml").write_bytes(settled)
    assert first_of("banco-x", "bat-1").state == "settled"
    (out / "b-again.xml").write_bytes(settled)
    assert RAIL.look_up_batch("banco-x", "bat-1").items == (BatchItem("p1", "settled"),)


def test_a_folder_that_is_not_there_is_down_and_nothing_was_sent(
    folder: Path, settings: Settings
) -> None:
    settings.TROCO_BANK_FOLDERS = {"banco-x": str(folder / "nowhere")}
    content = write_file(file_head(2, 30_00), two_transfers("tok_a"))
    assert RAIL.is_healthy("banco-x") == (False, "FileNotFoundError")
    assert RAIL.submit_batch("banco-x", content).kind == "not_sent"
    assert RAIL.look_up_batch("banco-x", "bat-1").kind == "unknown"
    with pytest.raises(RailUnavailable):
        RAIL.statement("banco-x", date(2026, 11, 23))


def test_no_file_is_put_there_inside_a_transaction(folder: Path) -> None:
    with owns_block(), pytest.raises(OwnershipError):
        RAIL.submit_batch("banco-x", b"<x/>")
