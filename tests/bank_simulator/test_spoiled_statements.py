"""Statements that charge, sum up, invent, repeat, overlap, come again or break off."""

from lxml import etree

from tests.bank_simulator.harness import Bank, Simulator
from tests.bank_simulator.papers import CAMT, Paper, Sheet
from tests.bank_simulator.test_banks import refusal


def busy_day(bank: Bank) -> str:
    """Three debits of 10, 20, 30 and a file of three payouts; returns the closed day."""
    ana, shop = bank.open_account(10_000)["token"], bank.open_account(0)["token"]
    for amount in (10, 20, 30):
        bank.debit(ana, amount, f"d{amount}")
    transfers = [(shop, "1.00", "P1"), (shop, "2.00", "P2"), (shop, "3.00", "P3")]
    bank.submit(Paper("M1", transfers).content())
    return str(bank.cutoff()["date"])


def root(bank: Bank, day: str) -> etree._Element:
    return etree.fromstring(bank.statement(day).content)


def entries_with(bank: Bank, day: str, path: str) -> list[etree._Element]:
    return [entry for entry in root(bank, day).iter(f"{CAMT}Ntry") if entry.find(path) is not None]


def test_fee_laden_line_shows_what_was_asked_and_what_was_kept(bank: Bank) -> None:
    day = busy_day(bank)
    bank.set_fault("statement_fee_laden_line", seed=4)
    charged = [
        entry
        for entry in root(bank, day).iter(f"{CAMT}Ntry")
        if entry.find(f"{CAMT}Chrgs") is not None
    ]
    assert len(charged) == 1

    def cents(path: str) -> int:
        text = charged[0].findtext(CAMT + path.replace("/", f"/{CAMT}"))
        return int(str(text).replace(".", ""))

    amount, fee = cents("Amt"), cents("Chrgs/TtlChrgsAndTaxAmt")
    asked = cents("NtryDtls/TxDtls/AmtDtls/InstdAmt/Amt")
    is_credit = charged[0].findtext(f"{CAMT}CdtDbtInd") == "CRDT"
    assert amount == (asked - fee if is_credit else asked + fee)
    assert fee > 0


def test_batch_booked_lines_are_one_entry(bank: Bank) -> None:
    day = busy_day(bank)
    for fault, parts in (("statement_batch_booked", 3), ("statement_batch_booked_bare", 0)):
        bank.set_fault(fault, seed=1)
        entries = list(root(bank, day).iter(f"{CAMT}Ntry"))
        grouped = [
            entry for entry in entries if entry.find(f"{CAMT}NtryDtls/{CAMT}Btch") is not None
        ]
        assert (len(entries), len(grouped)) == (4, 1)
        assert len(grouped[0].findall(f"{CAMT}NtryDtls/{CAMT}TxDtls")) == parts
        assert grouped[0].findtext(f"{CAMT}NtryDtls/{CAMT}Btch/{CAMT}NbOfTxs") == "3"
        assert grouped[0].findtext(f"{CAMT}Amt") in {"0.60", "6.00"}
        bank.call("DELETE", "/faults")


def test_unknown_line_is_about_nothing(bank: Bank) -> None:
    day = busy_day(bank)
    true = Sheet.read(bank.statement(day).content)
    bank.set_fault("statement_unknown_line", seed=2)
    told = Sheet.read(bank.statement(day).content)
    strangers = [line for line in told.lines if line not in true.lines]
    assert [name for name, _ in strangers] == ["NOTPROVIDED"]
    assert strangers[0][1] > 0
    assert len(told.lines) == 7
    assert told.closing == true.closing


def test_references_repeat(bank: Bank) -> None:
    day = busy_day(bank)
    for fault, name in (
        ("statement_repeated_end_to_end_id", "EndToEndId"),
        ("statement_repeated_bank_reference", "AcctSvcrRef"),
    ):
        bank.set_fault(fault, seed=3)
        path = f"{CAMT}NtryDtls/{CAMT}TxDtls/{CAMT}Refs/{CAMT}{name}"
        told = [entry.findtext(path) for entry in root(bank, day).iter(f"{CAMT}Ntry")]
        assert (len(told), len(set(told))) == (6, 5)
        bank.call("DELETE", "/faults")


def test_overlapping_statement_begins_a_day_early_and_balances(own_simulator: Simulator) -> None:
    bank = own_simulator.open_bank()
    ana = bank.open_account(100)["token"]
    bank.debit(ana, 1, "d1")
    bank.cutoff()
    bank.debit(ana, 2, "d2")
    day = bank.cutoff()["date"]
    bank.set_fault("statement_overlapping")
    sheet = Sheet.read(bank.statement(day).content)
    assert sheet.lines == [("E-d1", 1), ("E-d2", 2)]
    assert (sheet.opening, sheet.closing) == (0, 3)


def test_statement_comes_again_under_another_name(bank: Bank) -> None:
    day = busy_day(bank)
    true = bank.statement(day).content
    bank.set_fault("statement_reissued")
    again = bank.statement(day).content
    assert Sheet.read(again) == Sheet.read(true)
    names = [
        str(etree.fromstring(content).findtext(f"{CAMT}BkToCstmrStmt/{CAMT}Stmt/{CAMT}Id"))
        for content in (true, again)
    ]
    assert names[1] == f"{names[0]}R"


def test_statement_breaks_off(bank: Bank) -> None:
    day = busy_day(bank)
    true = bank.statement(day).content
    bank.set_fault("statement_cut_short")
    assert bank.statement(day).content == true[: len(true) // 2]


def test_settled_payout_comes_back(simulator: Simulator, bank: Bank) -> None:
    busy_day(bank)
    answer = bank.post("/batches/M1/returns", return_id="r1", end_to_end_id="P2", reason="AC06")
    told = answer.json()
    assert (told["outcome"], told["message_id"], told["end_to_end_id"]) == ("executed", "M1", "P2")
    again = bank.post("/batches/M1/returns", return_id="r1", end_to_end_id="P2", reason="AC06")
    assert again.json() == answer.json()
    twice = bank.post("/batches/M1/returns", return_id="r2", end_to_end_id="P2")
    assert twice.json()["reason"] == "AM09"
    unknown = bank.post("/batches/M1/returns", return_id="r3", end_to_end_id="P9")
    assert refusal(unknown) == (404, "not_found")
    content = bank.statement(bank.cutoff()["date"]).content
    assert Sheet.read(content).lines == [("P2", 2_00)]
    assert b"<Prtry>AC06</Prtry>" in content
    row = simulator.oracle(bank.slug)["executions"][-1]
    assert (row["kind"], row["amount_minor"]) == ("returned_credit", 2_00)
