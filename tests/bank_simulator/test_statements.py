"""Statements: a chain of days without gaps, the clock, and lines that lie."""

from datetime import date, timedelta

import pytest

from tests.bank_simulator.harness import Bank, Simulator
from tests.bank_simulator.papers import Paper, Sheet
from tests.bank_simulator.test_banks import refusal

DAY_SECONDS = 24 * 3600


def business_date(bank: Bank) -> str:
    day: str = bank.call("GET", "").json()["business_date"]
    return day


def after(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def test_statement_waits_until_its_day_is_closed(bank: Bank) -> None:
    today = business_date(bank)
    assert refusal(bank.statement(today)) == (404, "statement_not_ready")
    assert refusal(bank.statement(after(today, 1))) == (404, "statement_not_ready")
    assert refusal(bank.statement(after(today, -1))) == (404, "not_found")
    assert refusal(bank.statement("2026-02-30")) == (400, "field_invalid")
    assert bank.cutoff()["date"] == today
    assert bank.statement(today).headers["content-type"] == "application/xml"
    assert bank.statement(today).content == bank.statement(today).content


def test_movement_after_the_cutoff_belongs_to_the_next_day(simulator: Simulator) -> None:
    bank = simulator.open_bank(balance_minor=-7_00)
    ana, shop = bank.open_account(100_00)["token"], bank.open_account(0)["token"]
    today = business_date(bank)
    bank.debit(ana, 30_00, "d1")
    bank.submit(Paper("M1", [(shop, "29.70", "E2")]).content())
    assert bank.cutoff() == {"date": today, "executed": 1}
    bank.credit(ana, 5_00, "c1")
    assert bank.cutoff() == {"date": after(today, 1), "executed": 0}
    assert bank.call("GET", "/statements").json()["dates"] == [today, after(today, 1)]
    first = Sheet.read(bank.statement(today).content)
    second = Sheet.read(bank.statement(after(today, 1)).content)
    assert first == Sheet(1, -7_00, -6_70, [("E-d1", 30_00), ("E2", -29_70)])
    assert second == Sheet(2, -6_70, -11_70, [("E-c1", -5_00)])


def test_chain_of_days_has_no_gap_and_adds_up(own_simulator: Simulator) -> None:
    bank = own_simulator.open_bank(balance_minor=1_000_00)
    ana = bank.open_account(1_000_00)["token"]
    first = business_date(bank)
    for number in range(6):
        if number != 2:
            bank.debit(ana, 10 + number, f"d{number}")
            bank.credit(ana, 3, f"c{number}")
        offset = (number + 1) * DAY_SECONDS
        own_simulator.client.post("/clock", json={"offset_seconds": offset})
        if number == 3:
            bank.cutoff()
    days = bank.call("GET", "/statements").json()["dates"]
    assert days == [after(first, step) for step in range(len(days))]
    assert bank.call("GET", f"/statements?after={days[0]}").json()["dates"] == days[1:]
    sheets = [Sheet.read(bank.statement(day).content) for day in days]
    opening = 1_000_00
    for number, sheet in enumerate(sheets, start=1):
        assert (sheet.number, sheet.opening) == (number, opening)
        opening += sum(amount for _, amount in sheet.lines)
        assert sheet.closing == opening
    assert opening == bank.balance("clearing")
    assert sheets[2].lines == []
    told = own_simulator.oracle(bank.slug)["executions"]
    assert len(told) == sum(len(sheet.lines) for sheet in sheets) == 10


def test_a_clock_may_begin_in_the_past(own_simulator: Simulator) -> None:
    client = own_simulator.client
    begun = client.post("/clock", json={"offset_seconds": -90 * 86400})
    assert begun.json()["offset_seconds"] == -90 * 86400
    own_simulator.open_bank()
    back = client.post("/clock", json={"offset_seconds": -91 * 86400})
    assert refusal(back) == (409, "clock_backwards")


def test_clock_never_goes_backwards(own_simulator: Simulator) -> None:
    client = own_simulator.client
    own_simulator.open_bank()
    assert client.get("/clock").json()["offset_seconds"] == 0
    moved = client.post("/clock", json={"offset_seconds": 60})
    assert moved.json()["offset_seconds"] == 60
    assert client.post("/clock", json={"offset_seconds": 60}).status_code == 200
    back = client.post("/clock", json={"offset_seconds": 59})
    assert refusal(back) == (409, "clock_backwards")
    for bad in (-(10**12), 1.5, "1", True, 10**12):
        answer = client.post("/clock", json={"offset_seconds": bad})
        assert refusal(answer) == (400, "field_invalid")
    assert client.get("/clock").json()["offset_seconds"] == 60


@pytest.mark.parametrize(
    ("fault", "lines", "error"),
    [
        ("statement_missing_line", 2, (-3, -1)),
        ("statement_doubled_line", 4, (1, 3)),
        ("statement_changed_amount", 3, (1, 100)),
    ],
)
def test_spoiled_statement_lies_in_one_line_until_healed(
    bank: Bank, fault: str, lines: int, error: tuple[int, int]
) -> None:
    ana = bank.open_account(100)["token"]
    for amount in (1, 2, 3):
        bank.debit(ana, amount, f"d{amount}")
    day = bank.cutoff()["date"]
    true = bank.statement(day).content
    bank.set_fault(fault, count=1, seed=3)
    spoiled = bank.statement(day).content
    assert bank.statement(day).content == spoiled != true
    sheet = Sheet.read(spoiled)
    assert (sheet.opening, sheet.closing, len(sheet.lines)) == (0, 6, lines)
    difference = sum(amount for _, amount in sheet.lines) - 6
    assert error[0] <= difference <= error[1]
    bank.call("DELETE", "/faults")
    assert bank.statement(day).content == true


def test_statement_fault_counts_days_and_skips_empty_ones(bank: Bank) -> None:
    ana = bank.open_account(100)["token"]
    empty = bank.cutoff()["date"]
    bank.debit(ana, 1, "d1")
    first = bank.cutoff()["date"]
    bank.debit(ana, 2, "d2")
    second = bank.cutoff()["date"]
    bank.set_fault("statement_missing_line", count=1)
    sheets = [Sheet.read(bank.statement(day).content) for day in (empty, first, second, first)]
    assert [len(sheet.lines) for sheet in sheets] == [0, 0, 1, 0]


def test_long_day_has_every_line(bank: Bank) -> None:
    shop = bank.open_account(0)["token"]
    paper = Paper("M1", [(shop, "0.01", f"E{number}") for number in range(5000)])
    assert bank.submit(paper.content()).status_code == 202
    closed = bank.cutoff()
    assert closed["executed"] == 5000
    sheet = Sheet.read(bank.statement(closed["date"]).content)
    assert sheet.lines == [(f"E{number}", -1) for number in range(5000)]
    assert sheet.closing == -50_00
