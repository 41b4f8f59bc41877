"""Payment files: judged at receipt, taken once, executed at the cutoff."""

import httpx
import pytest

from tests.bank_simulator.harness import Bank
from tests.bank_simulator.papers import Paper
from tests.bank_simulator.test_banks import refusal


def states(bank: Bank, message_id: str) -> tuple[str, list[tuple[str, str | None]]]:
    found = bank.call("GET", f"/batches/{message_id}").json()
    return found["state"], [(item["state"], item["reason"]) for item in found["items"]]


@pytest.mark.parametrize("version", ["03", "09"])
def test_batch_is_accepted_and_executed_at_the_cutoff(bank: Bank, version: str) -> None:
    shop, farm = bank.open_account(0)["token"], bank.open_account(0)["token"]
    paper = Paper("M1", [(shop, "97.03", "E1"), (farm, "10.00", "E2")], version=version)
    answer = bank.submit(paper.content())
    assert (answer.status_code, answer.json()) == (202, {"message_id": "M1", "state": "received"})
    assert states(bank, "M1") == ("accepted", [("accepted", None), ("accepted", None)])
    assert bank.balance(shop) == 0
    assert bank.cutoff()["executed"] == 2
    assert states(bank, "M1") == ("accepted", [("settled", None), ("settled", None)])
    assert (bank.balance(shop), bank.balance("clearing")) == (97_03, -107_03)
    items = bank.call("GET", "/batches/M1").json()["items"]
    assert [item["end_to_end_id"] for item in items] == ["E1", "E2"]
    assert len({item["bank_reference"] for item in items}) == 2
    assert bank.cutoff()["executed"] == 0
    assert bank.balance(shop) == 97_03


def test_same_file_again_is_the_same_batch(bank: Bank) -> None:
    shop = bank.open_account(0)["token"]
    content = Paper("M1", [(shop, "5.00", "E1")]).content()
    assert [bank.submit(content).status_code for _ in range(3)] == [202, 202, 202]
    assert bank.cutoff()["executed"] == 1
    assert bank.submit(content).status_code == 202
    assert bank.cutoff()["executed"] == 0
    assert bank.balance(shop) == 5_00
    other = Paper("M1", [(shop, "5.01", "E1")]).content()
    assert refusal(bank.submit(other)) == (409, "batch_reused")


def test_items_are_judged_one_by_one(bank: Bank) -> None:
    shop = bank.open_account(0)["token"]
    card = bank.open_account(0, kind="debit_card")["token"]
    shut = bank.open_account(0)["token"]
    bank.call("POST", f"/accounts/{shut}/close", json={})
    tokens = [shop, "tok_nobody", card, shut]
    paper = Paper("M1", [(token, "1.00", f"E{n}") for n, token in enumerate(tokens)])
    bank.submit(paper.content())
    expected = [
        ("accepted", None),
        ("rejected", "AC01"),
        ("rejected", "AG01"),
        ("rejected", "AC04"),
    ]
    assert states(bank, "M1") == ("partial", expected)
    foreign = Paper("M2", [(shop, "1.00", "E1")], currency="INR")
    bank.submit(foreign.content())
    assert states(bank, "M2") == ("rejected", [("rejected", "AM03")])
    assert bank.cutoff()["executed"] == 1


def test_account_closed_before_the_cutoff_is_rejected_then(bank: Bank) -> None:
    shop = bank.open_account(0)["token"]
    bank.submit(Paper("M1", [(shop, "1.00", "E1")]).content())
    bank.call("POST", f"/accounts/{shop}/close", json={})
    assert bank.cutoff()["executed"] == 0
    assert states(bank, "M1") == ("rejected", [("rejected", "AC04")])


@pytest.mark.parametrize(
    ("paper", "code"),
    [
        (Paper("M1", [("t", "1.00", "E1")], count="2"), "totals_mismatch"),
        (Paper("M1", [("t", "1.00", "E1")], count="one"), "totals_mismatch"),
        (Paper("M1", [("t", "1.00", "E1")], total="1.01"), "totals_mismatch"),
        (Paper("M1", [("t", "1.00", "E1")], total="1e0"), "totals_mismatch"),
        (Paper("M1", []), "batch_invalid"),
        (Paper("", [("t", "1.00", "E1")]), "batch_invalid"),
        (Paper("M/1", [("t", "1.00", "E1")]), "batch_invalid"),
        (Paper("M" * 36, [("t", "1.00", "E1")]), "batch_invalid"),
        (Paper("M1", [("t", "0.00", "E1")]), "batch_invalid"),
        (Paper("M1", [("t", "1.001", "E1")], total="1.001"), "batch_invalid"),
        (Paper("M1", [("t", "1.00", "")]), "batch_invalid"),
        (Paper("M1", [("t", "1.00", "E1")], debtor="tok_ana"), "batch_invalid"),
        (Paper("M1", [("t", "1.00", "E1")], version="11"), "batch_invalid"),
    ],
)
def test_file_that_does_not_hold_together_is_refused(bank: Bank, paper: Paper, code: str) -> None:
    assert refusal(bank.submit(paper.content())) == (422, code)
    assert bank.call("GET", "/batches/M1").status_code == 404


def test_same_sum_written_with_fewer_zeros_is_accepted(bank: Bank) -> None:
    shop = bank.open_account(0)["token"]
    paper = Paper("M1", [(shop, "1.50", "E1")], total="1.5")
    assert bank.submit(paper.content()).status_code == 202


BOMB = b"".join(
    [
        b'<?xml version="1.0"?><!DOCTYPE Document [<!ENTITY a0 "ha">',
        *(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">'.encode() for n in range(1, 10)),
        b"]><Document>&a9;</Document>",
    ]
)
OUTSIDE = b'<!DOCTYPE Document [<!ENTITY x SYSTEM "file:///etc/passwd">]><Document>&x;</Document>'
REMOTE = b'<!DOCTYPE Document SYSTEM "http://127.0.0.1:9/x.dtd"><Document/>'


PAIN_START = b'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09">'
HOSTILE = {
    "bomb": BOMB,
    "file": OUTSIDE,
    "remote": REMOTE,
    "utf-16": OUTSIDE.decode().encode("utf-16"),
    "attribute": b'<!DOCTYPE D [<!ENTITY x "y">]><D a="&x;"/>',
    "empty": b"",
    "text": b"not xml",
    "open": PAIN_START,
    "deep": PAIN_START + b"<a>" * 100_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_bombs_entities_and_broken_files_are_refused(bank: Bank, name: str) -> None:
    assert refusal(bank.submit(HOSTILE[name])) == (400, "xml_invalid")


@pytest.mark.parametrize("root", ["a", "Document", 'Document xmlns="urn:x"'])
def test_file_of_another_kind_is_refused(bank: Bank, root: str) -> None:
    content = f"<{root}></{root.split(maxsplit=1)[0]}>".encode()
    assert refusal(bank.submit(content)) == (422, "batch_invalid")


def test_entities_inside_a_good_file_are_refused(bank: Bank) -> None:
    shop = bank.open_account(0)["token"]
    content = Paper("M1", [(shop, "1.00", "E1")]).content()
    head, rest = content.split(b"<Document", 1)
    spoiled = head + b'<!DOCTYPE Document [<!ENTITY m "M1">]><Document' + rest
    assert refusal(bank.submit(spoiled)) == (400, "xml_invalid")


def test_partial_reject_strikes_items(bank: Bank) -> None:
    shop = bank.open_account(0)["token"]
    bank.set_fault("batch_partial_reject", count=1, reason="AC06")
    bank.submit(Paper("M1", [(shop, "1.00", "E1"), (shop, "2.00", "E2")]).content())
    assert states(bank, "M1") == ("partial", [("rejected", "AC06"), ("accepted", None)])
    assert bank.cutoff()["executed"] == 1
    assert bank.balance(shop) == 2_00


def test_lost_answer_keeps_the_batch(bank: Bank) -> None:
    shop = bank.open_account(0)["token"]
    content = Paper("M1", [(shop, "1.00", "E1")]).content()
    bank.set_fault("batch_lost_answer", count=1)
    with pytest.raises(httpx.RemoteProtocolError):
        bank.submit(content)
    assert states(bank, "M1") == ("accepted", [("accepted", None)])
    assert bank.submit(content).status_code == 202
    assert bank.cutoff()["executed"] == 1


def test_unknown_batch_is_not_found(bank: Bank) -> None:
    assert refusal(bank.call("GET", "/batches/nothing")) == (404, "not_found")
