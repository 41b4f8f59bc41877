"""Every defect that a bank's statement may have: what its lines become, and the books with them."""

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.bank_simulator.harness import Simulator
from tests.payments.camt import charge, entry, part
from tests.payments.cast import prove_the_books
from tests.payments.settlement_cast import clearing, house
from tests.payments.statement_cast import (
    PaidDay,
    came,
    cash,
    differences,
    paid_day,
    take_in,
    told,
    undone,
    went,
)

pytestmark = pytest.mark.django_db


@dataclass(frozen=True)
class Case:
    """A statement of the paid day, and what is expected of it.

    ``moved`` is what its balance moved beside the two payouts.
    """

    name: str
    entries: Callable[[PaidDay], str]
    lines: list[str]
    moved: int = 0
    differs: tuple[tuple[str, int], ...] = ()
    suspense: int = 0


def both(paid: PaidDay) -> str:
    return went(paid.first, "R1") + went(paid.second, "R2")


def batch(paid: PaidDay, details: str = "", more: int = 0) -> str:
    name = f"<Btch><MsgId>{paid.batch.message_id}</MsgId></Btch>"
    return entry(name + details, cash(paid.total + more), "DBIT")


def parts(paid: PaidDay) -> str:
    return "".join(part(each.public_id, cash(each.net_minor)) for each in (paid.first, paid.second))


def back(paid: PaidDay, mark: str = "<RvslInd>true</RvslInd>") -> str:
    return entry(part(paid.first.public_id), cash(paid.first.net_minor), reference="R1", marks=mark)


FIRST, SECOND = 39_20, 24_99
AGAIN = "exception the same line again"
STRANGE = "suspense nobody asked for it"
CASES = (
    Case("as it was", both, ["matched", "matched"]),
    Case(
        "the batch booked as one, its payments not told",
        batch,
        ["split the batch, booked as one", "matched", "matched"],
    ),
    Case(
        "the batch booked as one, its payments told", lambda p: batch(p, parts(p)), ["matched"] * 2
    ),
    Case(
        "the batch booked as one, with another total",
        lambda p: batch(p, more=1),
        ["exception another amount: the batch is 6419"],
        moved=-1,
        differs=(("missing_line", FIRST), ("missing_line", SECOND), ("exception", 0)),
        suspense=-FIRST - SECOND - 1,
    ),
    Case(
        "a charge declared and small",
        lambda p: went(p.first, "R1", more=50, marks=charge("0.50")) + went(p.second, "R2"),
        ["matched", "resolved charge the bank's charge, as it declared it", "matched"],
        moved=-50,
    ),
    Case(
        "a charge of more than a twentieth",
        lambda p: went(p.first, "R1", more=5_00, marks=charge("5.00")) + went(p.second, "R2"),
        ["matched", "suspense a charge of the bank", "matched"],
        moved=-5_00,
        differs=(("suspense", 0),),
        suspense=-5_00,
    ),
    Case(
        "money nobody asked for",
        lambda p: both(p) + came(7_00, "R9"),
        ["matched", "matched", STRANGE],
        moved=7_00,
        differs=(("suspense", 0),),
        suspense=7_00,
    ),
    Case(
        "a line doubled on paper only",
        lambda p: both(p) + went(p.first, "R1"),
        ["matched", "matched", AGAIN],
        differs=(("lines_do_not_add_up", FIRST), ("exception", -FIRST)),
    ),
    Case(
        "a payout really booked twice",
        lambda p: both(p) + went(p.first, "R1"),
        ["matched", "matched", AGAIN],
        moved=-FIRST,
        differs=(("exception", 0),),
        suspense=-FIRST,
    ),
    Case(
        "a payout booked twice, and the bank took it back",
        lambda p: both(p) + went(p.first, "R1") + back(p),
        ["matched", "matched", "resolved offset undone", "resolved offset undoes"],
    ),
    Case(
        "a payout taken back by the bank",
        lambda p: both(p) + back(p),
        ["matched", "matched", "exception the bank took back what it had booked"],
        moved=FIRST,
        differs=(("exception", 0),),
        suspense=FIRST,
    ),
    Case(
        "another amount",
        lambda p: went(p.first, "R1", more=3) + went(p.second, "R2"),
        ["exception another amount: 3920", "matched"],
        moved=-3,
        differs=(("missing_line", FIRST), ("exception", 0)),
        suspense=-FIRST - 3,
    ),
    Case(
        "the other direction",
        lambda p: went(p.second, "R2") + came(FIRST, "R1", name=p.first.public_id),
        ["matched", "exception the other direction"],
        moved=2 * FIRST,
        differs=(("missing_line", FIRST), ("exception", 0)),
        suspense=FIRST,
    ),
    Case(
        "a line left out",
        lambda p: went(p.second, "R2"),
        ["matched"],
        differs=(("lines_do_not_add_up", -FIRST), ("missing_line", FIRST)),
    ),
    Case(
        "an entry that is more than its parts",
        lambda p: batch(p, parts(p), more=9),
        ["matched", "matched", "exception the entry is not the sum of its parts"],
        moved=-9,
        differs=(("exception", 0),),
        suspense=-9,
    ),
    Case(
        "one bank reference for two movements",
        lambda p: went(p.first, "R1") + went(p.second, "R1"),
        ["matched", "matched"],
    ),
)


def test_every_defect(fresh_brazil: Simulator) -> None:
    paid = paid_day(fresh_brazil)
    assert (paid.first.net_minor, paid.second.net_minor) == (FIRST, SECOND)
    for case in CASES:
        with undone():
            moved = case.moved - paid.total
            shown = take_in(paid, case.entries(paid), moved)
            assert [re.sub(r"( by line)? \d+$", "", each) for each in told(shown)] == [
                re.sub(r" \d+$", "", each) for each in case.lines
            ], case.name
            found = differences(paid.day)
            assert sorted(found) == sorted(case.differs), case.name
            assert house("suspense") == case.suspense, case.name
            missing = sum(effect for kind, effect in found if kind == "missing_line")
            if not any(kind == "lines_do_not_add_up" for kind, _ in found):
                assert clearing() == missing - moved, case.name
            prove_the_books()


def test_a_charge_is_the_houses_cost(fresh_brazil: Simulator) -> None:
    paid = paid_day(fresh_brazil)
    entries = went(paid.first, "R1", more=50, marks=charge("0.50")) + went(paid.second, "R2")
    take_in(paid, entries, -paid.total - 50)
    assert (house("bank_charges"), clearing()) == (-50, paid.total + 50)


RETURNED = "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>"


def test_a_payout_that_comes_back_is_owed_again(fresh_brazil: Simulator) -> None:
    paid = paid_day(fresh_brazil)
    take_in(paid, both(paid), -paid.total)
    came_back = came(paid.first.net_minor, "R7", inside=RETURNED, name=paid.first.public_id)
    shown = take_in(paid, came_back, paid.first.net_minor, opening=-paid.total, later=1)
    assert told(shown) == ["matched"]
    paid.first.refresh_from_db()
    assert (paid.first.state, paid.first.reason) == ("returned", "AC04")
    assert clearing() == paid.second.net_minor
    prove_the_books()


def test_a_statement_that_overlaps_shows_again_what_it_shows(fresh_brazil: Simulator) -> None:
    paid = paid_day(fresh_brazil)
    take_in(paid, both(paid), -paid.total)
    old = both(paid).replace("2026-11-23", "PAID-DAY")
    shown = take_in(paid, old + came(7_00, "R9"), 7_00 - paid.total, later=1)
    assert told(shown) == ["resolved as_before shown before"] * 2 + [STRANGE]
    assert (house("suspense"), clearing()) == (7_00, paid.total - 7_00)
    again = take_in(paid, old + came(1_00, "R8"), 1_00, opening=7_00 - paid.total, later=2)
    assert told(again) == ["resolved as_before shown before"] * 2 + [STRANGE]
    assert house("suspense") == 8_00
    prove_the_books()


def test_what_the_next_issue_shows_once_more_is_followed_when_it_adds_up(
    fresh_brazil: Simulator,
) -> None:
    paid = paid_day(fresh_brazil)
    strange = came(7_00, "R9")
    first = take_in(paid, both(paid) + went(paid.first, "R1") + strange, 7_00 - paid.total)
    assert house("suspense") == 0
    second = take_in(paid, both(paid) + strange, 7_00 - paid.total)
    assert told(second) == ["resolved as_before shown before"] * 3
    gone = "resolved superseded the bank's issue 2 does not show it"
    assert told(first) == ["matched", "matched", gone, STRANGE]
    assert (house("suspense"), clearing()) == (7_00, paid.total - 7_00)
    third = take_in(paid, both(paid), -paid.total)
    assert told(third) == ["resolved as_before shown before"] * 2
    assert (house("suspense"), clearing()) == (0, paid.total)
    assert differences(paid.day) == []
    prove_the_books()


def test_a_line_that_comes_a_day_late_proves_its_own_day(fresh_brazil: Simulator) -> None:
    paid = paid_day(fresh_brazil)
    take_in(paid, went(paid.second, "R2"), -paid.second.net_minor)
    assert differences(paid.day) == [("missing_line", paid.first.net_minor)]
    late = went(paid.first, "R1")
    take_in(paid, late, -paid.first.net_minor, opening=-paid.second.net_minor, later=1)
    assert differences(paid.day) == []
    prove_the_books()
