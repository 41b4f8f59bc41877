"""Statements of banks, read line by line: exact, whatever is booked as one, never trusted."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.rails import StatementEntry, StatementUnreadable
from payments.rails.camt053 import read_statement
from payments.rails.camt054 import read_notification
from tests.payments.camt import charge, entry, notification, part, statement


def lines(content: bytes) -> list[StatementEntry]:
    return list(read_statement(content).entries())


def sums(content: bytes) -> list[Any]:
    return [(e.kind, e.direction, e.amount_minor, e.end_to_end_id) for e in lines(content)]


def test_a_statement_is_read_exactly() -> None:
    found = read_statement(statement(entry(part("E1")) + entry(part("E2"), "0.50", "DBIT")))
    assert (found.head.opening_minor, found.head.closing_minor) == (-1_00, 9_00)
    assert (found.head.sequence, found.head.date) == (4, date(2026, 11, 23))
    for _ in range(2):
        assert [(e.position, e.entry, e.direction, e.amount_minor) for e in found.entries()] == [
            (1, 1, "into", 3_00),
            (2, 2, "out_of", 50),
        ]


def test_entries_booked_as_one_are_taken_apart() -> None:
    content = statement(entry(part("E1", "1.00") + part("E2", "2.00")))
    assert [(e.position, e.entry, e.amount_minor, e.end_to_end_id) for e in lines(content)] == [
        (1, 1, 1_00, "E1"),
        (2, 1, 2_00, "E2"),
    ]


ALONE = [
    # A charge is taken out of what came in, or put on top of what went out.
    (
        entry(part("E1"), "2.90", marks=charge("0.10")),
        [("movement", "into", 3_00, "E1"), ("charge", "out_of", 10, "E1")],
    ),
    (
        entry(part("E1", inside=charge("0.10")), "3.10", "DBIT"),
        [("movement", "out_of", 3_00, "E1"), ("charge", "out_of", 10, "E1")],
    ),
    # Told of twice it is still one charge.
    (
        entry(part("E1", inside=charge("0.10")), "2.90", marks=charge("0.10")),
        [("movement", "into", 3_00, "E1"), ("charge", "out_of", 10, "E1")],
    ),
    # The bank does not mark whether the amount has it in, but tells what was asked for.
    (
        entry(
            part("E1", inside="<AmtDtls><InstdAmt><Amt Ccy='BRL'>3.00</Amt></InstdAmt></AmtDtls>"),
            "2.90",
            marks=charge("0.10", included=""),
        ),
        [("movement", "into", 3_00, "E1"), ("charge", "out_of", 10, "E1")],
    ),
    (
        entry(part("E1"), "2.90", marks=charge("0.10", included="")),
        [("movement", "into", 2_90, "E1")],
    ),
    # A charge that is booked elsewhere changes nothing here.
    (
        entry(part("E1"), "3.00", marks=charge("0.10", included="false")),
        [("movement", "into", 3_00, "E1")],
    ),
    (
        entry(
            "",
            "0.50",
            "DBIT",
            marks="<BkTxCd><Domn><Fmly><SubFmlyCd>CHRG</SubFmlyCd></Fmly></Domn></BkTxCd>",
        ),
        [("charge", "out_of", 50, "")],
    ),
    (
        entry(part("E1", inside="<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>")),
        [("return", "into", 3_00, "E1")],
    ),
    (entry(part("E1"), marks="<RvslInd>true</RvslInd>"), [("reversal", "into", 3_00, "E1")]),
    (entry(part("NOTPROVIDED")), [("movement", "into", 3_00, "")]),
    # Not booked yet, and nothing moved.
    (entry(part("E1"), marks="<Sts><Cd>PDNG</Cd></Sts>"), []),
    (entry(part("E1"), marks="<Sts>BOOK</Sts>"), [("movement", "into", 3_00, "E1")]),
    (entry(part("E1"), "0.00"), []),
]


@pytest.mark.parametrize(("written", "read"), ALONE)
def test_an_entry_of_one_payment(written: str, read: list[Any]) -> None:
    assert sums(statement(written)) == read


MANY = [
    # The sum is right; each may have its charge; one may go the other way.
    (
        part("E1", "1.00") + part("E2", "1.90", inside=charge("0.10")),
        "2.90",
        "",
        [("movement", 1_00, "E1"), ("movement", 2_00, "E2"), ("charge", -10, "E2")],
    ),
    (
        part("E1", "4.00") + part("E2", "1.00", inside="<CdtDbtInd>DBIT</CdtDbtInd>"),
        "3.00",
        "",
        [("movement", 4_00, "E1"), ("movement", -1_00, "E2")],
    ),
    # One charge for all of them.
    (
        part("E1", "1.00") + part("E2", "2.00"),
        "2.80",
        charge("0.20"),
        [("movement", 1_00, "E1"), ("movement", 2_00, "E2"), ("charge", -20, "E1")],
    ),
    # The one without an amount is the rest; of several nobody knows which.
    (
        part("E1", "1.00") + part("E2") + part("E3", "0.50"),
        "3.00",
        "",
        [("movement", 1_00, "E1"), ("movement", 50, "E3"), ("movement", 1_50, "E2")],
    ),
    (
        part("E1", "1.00") + part("E2") + part("E3"),
        "3.00",
        "",
        [("movement", 1_00, "E1"), ("remainder", 2_00, "")],
    ),
    (part("E1") + part("E2"), "3.00", "", [("remainder", 3_00, "")]),
    # The parts are more, or less, than the whole.
    (
        part("E1", "1.00") + part("E2", "2.50"),
        "3.00",
        "",
        [("movement", 1_00, "E1"), ("movement", 2_50, "E2"), ("remainder", -50, "")],
    ),
]


@pytest.mark.parametrize(("parts", "whole", "marks", "read"), MANY)
def test_an_entry_of_many_payments(parts: str, whole: str, marks: str, read: list[Any]) -> None:
    found = lines(statement(entry(parts, whole, marks=marks)))
    signed = [e.amount_minor if e.direction == "into" else -e.amount_minor for e in found]
    assert (
        list(zip([e.kind for e in found], signed, [e.end_to_end_id for e in found], strict=True))
        == read
    )
    assert {e.entry for e in found} == {1}


def test_a_batch_booked_as_one_names_its_file_and_its_payments_their_names() -> None:
    batch = "<Btch><MsgId>bat_1</MsgId><NbOfTxs>2</NbOfTxs></Btch>"
    names = (
        "<RltdPties><Dbtr><Pty><Nm>Ana</Nm></Pty></Dbtr><Cdtr><Nm>Padaria</Nm></Cdtr></RltdPties>"
        "<RmtInf><Ustrd>Pão</Ustrd></RmtInf>"
    )
    found = lines(statement(entry(batch) + entry(part("E1", inside=names), "1.00", "DBIT")))
    assert [(e.group_id, e.counterparty, e.remittance) for e in found] == [
        ("bat_1", "", ""),
        ("", "Padaria", "Pão"),
    ]


def test_a_notification_is_read_as_a_statement_without_balances() -> None:
    found = read_notification(notification(entry(part("E1"))))
    assert (found.reference, found.currency) == ("n-1", "BRL")
    assert [(e.amount_minor, e.end_to_end_id) for e in found.entries()] == [(3_00, "E1")]
    with pytest.raises(StatementUnreadable, match=r"no camt\.054"):
        read_notification(statement())


def test_an_empty_day_has_no_entries() -> None:
    assert lines(statement()) == []


BOMB = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'>]>"
FILE = "<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"<html/>",
        b"<Document xmlns='urn:iso:std:iso:20022:tech:xsd:pain.001.001.09'/>",
        statement(doctype=BOMB),
        statement(doctype=FILE),
        statement(front="<Nothing/>"),
        statement(entry(part("E1"), "3.001")),
        statement(entry(part("E1"), sign="LEFT")),
        statement(entry(part("E1")))[:-40],
        statement().replace(b"2026-11-23", b"yesterday"),
        statement().replace(b">4<", b">four<"),
        statement().replace(b"</Stmt>", b"</Stmt><Stmt></Stmt>"),
        statement(entry(part("E1")).replace("<Dt>2026-11-23</Dt>", "")),
        notification(entry(part("E1"))),
    ],
)
def test_what_is_no_statement_is_refused(content: bytes) -> None:
    with pytest.raises(StatementUnreadable):
        lines(content)


def money(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"


amounts = st.integers(min_value=1, max_value=10**9)
signs = st.sampled_from(["CRDT", "DBIT"])
charges = st.builds(
    lambda minor, sign, included: charge(money(minor), sign=sign, included=included),
    amounts,
    signs,
    st.sampled_from(["true", "false", ""]),
)
extras = st.lists(charges, max_size=2).map("".join)
payments = st.builds(
    lambda minor, sign, inside: part(
        "E1",
        money(minor) if minor else "",
        inside=f"<CdtDbtInd>{sign}</CdtDbtInd>{inside}" if minor else inside,
    ),
    st.integers(min_value=0, max_value=10**9),
    signs,
    extras,
)


@given(amounts, signs, st.lists(payments, max_size=6), extras)
def test_the_lines_of_an_entry_always_add_up_to_it(
    minor: int, sign: str, parts: list[str], marks: str
) -> None:
    found = lines(statement(entry("".join(parts), money(minor), sign, marks=marks)))
    signed = [e.amount_minor if e.direction == "into" else -e.amount_minor for e in found]
    assert sum(signed) == (minor if sign == "CRDT" else -minor)
    assert [e.position for e in found] == list(range(1, len(found) + 1))
