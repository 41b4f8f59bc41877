"""The papers of the same day: pain.002 of a batch, camt.054 of what moved."""

import pytest
from lxml import etree

from tests.bank_simulator.harness import Bank
from tests.bank_simulator.papers import Paper
from tests.bank_simulator.test_banks import refusal

CAMT054 = "{urn:iso:std:iso:20022:tech:xsd:camt.054.001.08}"


def report(bank: Bank, message_id: str) -> tuple[str, str, list[tuple[str, str, str | None]]]:
    """Read a pain.002: its namespace's version, the group's state, and each transfer's."""
    root = etree.fromstring(bank.call("GET", f"/batches/{message_id}/pain002").content)
    space = etree.QName(root).namespace
    items = [
        (
            str(item.findtext(f"{{{space}}}OrgnlEndToEndId")),
            str(item.findtext(f"{{{space}}}TxSts")),
            item.findtext(f"{{{space}}}StsRsnInf/{{{space}}}Rsn/{{{space}}}Cd"),
        )
        for item in root.iter(f"{{{space}}}TxInfAndSts")
    ]
    group = str(next(root.iter(f"{{{space}}}GrpSts")).text)
    return str(space).rpartition(".")[2], group, items


@pytest.mark.parametrize(("version", "answer"), [("03", "03"), ("09", "10")])
def test_pain002_tells_each_transfer(bank: Bank, version: str, answer: str) -> None:
    shop = bank.open_account(0)["token"]
    transfers = [(shop, "1.00", "E1"), ("tok_nobody", "2.50", "E2")]
    bank.submit(Paper("M1", transfers, version=version).content())
    rejected = ("E2", "RJCT", "AC01")
    assert report(bank, "M1") == (answer, "PART", [("E1", "ACCP", None), rejected])
    bank.cutoff()
    assert report(bank, "M1") == (answer, "PART", [("E1", "ACSC", None), rejected])
    content = bank.call("GET", "/batches/M1/pain002").content
    assert b"<OrgnlNbOfTxs>2</OrgnlNbOfTxs><OrgnlCtrlSum>3.5</OrgnlCtrlSum>" in content
    assert refusal(bank.call("GET", "/batches/M2/pain002")) == (404, "not_found")


def test_accepted_item_may_be_rejected_at_the_cutoff(bank: Bank) -> None:
    shop = bank.open_account(0)["token"]
    bank.set_fault("batch_accept_then_reject", count=1, reason="AC06")
    bank.submit(Paper("M1", [(shop, "1.00", "E1"), (shop, "2.00", "E2")]).content())
    assert report(bank, "M1")[1:] == ("ACCP", [("E1", "ACCP", None), ("E2", "ACCP", None)])
    assert bank.cutoff()["executed"] == 1
    assert report(bank, "M1")[1:] == ("PART", [("E1", "RJCT", "AC06"), ("E2", "ACSC", None)])
    assert bank.balance(shop) == 2_00


def notified(bank: Bank, after: int = 0) -> list[int]:
    found = bank.call("GET", f"/notifications?after={after}").json()["notifications"]
    return [each["number"] for each in found]


def entries(bank: Bank, number: int) -> list[tuple[str, str]]:
    root = etree.fromstring(bank.call("GET", f"/notifications/{number}").content)
    path = f"{CAMT054}BkToCstmrDbtCdtNtfctn/{CAMT054}Ntfctn/{CAMT054}Ntry"
    details = f"{CAMT054}NtryDtls/{CAMT054}TxDtls/{CAMT054}Refs/{CAMT054}EndToEndId"
    return [
        (str(entry.findtext(details)), str(entry.findtext(f"{CAMT054}CdtDbtInd")))
        for entry in root.findall(path)
    ]


def test_notifications_tell_each_movement_once(bank: Bank) -> None:
    assert notified(bank) == []
    ana = bank.open_account(100)["token"]
    bank.debit(ana, 1, "d1")
    bank.credit(ana, 1, "c1")
    assert notified(bank) == notified(bank) == [1]
    bank.debit(ana, 2, "d2")
    assert notified(bank, after=1) == [2]
    assert entries(bank, 1) == [("E-d1", "CRDT"), ("E-c1", "DBIT")]
    assert entries(bank, 2) == [("E-d2", "CRDT")]
    assert refusal(bank.call("GET", "/notifications/3")) == (404, "not_found")
    assert refusal(bank.call("GET", "/notifications/x")) == (404, "not_found")
