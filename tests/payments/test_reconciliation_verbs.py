"""What staff do with a line that waits: by one where nothing moves, by two where the books do."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from core.errors import InputInvalid, StateConflict, TrocoError
from payments.models import LedgerTransfer, LineNote, MissingLine, Payout, StatementLine
from payments.queries.suggestions import suggest
from payments.services.line_facts import FactUnfit
from payments.services.line_parts import Part, PartKind
from payments.services.lines import (
    NotSuspended,
    StillSuspended,
    ask_parts,
    ask_return,
    note_line,
    resolve_line,
)
from people.models import AuditEntry, Person
from people.services.approvals import OwnApproval, decide_approval
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import new_staff, prove_the_books, work
from tests.payments.settlement_cast import clearing, house
from tests.payments.statement_cast import (
    PaidDay,
    came,
    differences,
    paid_day,
    take_in,
    went,
)

pytestmark = pytest.mark.django_db
FIRST, SECOND = 39_20, 24_99
RETURNED = "<RtrInf><Rsn><Cd>FOCR</Cd></Rsn></RtrInf>"


@pytest.fixture
def paid(fresh_brazil: Simulator) -> PaidDay:
    return paid_day(fresh_brazil)


@pytest.fixture
def two(db: None) -> tuple[Person, Person]:
    return new_staff("carlos"), new_staff("marta")


def fact(signed_minor: int, name: str) -> Part:
    return Part(signed_minor, PartKind.FACT, name)


def to_account(signed_minor: int, name: str) -> Part:
    return Part(signed_minor, PartKind.ACCOUNT, name)


def decide(two: tuple[Person, Person], line: StatementLine, *parts: Part) -> None:
    """Let one ask and the other approve."""
    asked = ask_parts(staff=two[0], line_id=line.pk, parts=parts, reason="Seen at the bank")
    decide_approval(checker=two[1], approval_id=asked.public_id, approve=True, reason="Agreed")
    work()
    line.refresh_from_db()


def strange(paid: PaidDay, entries: str, moved: int) -> StatementLine:
    """The one line that waits after a day with the two payouts and something else."""
    both = went(paid.first, "R1") + went(paid.second, "R2")
    take_in(paid, both + entries, moved - paid.total)
    return StatementLine.objects.get(state__in=["exception", "suspense"])


def test_one_notes_and_cannot_explain_away_what_is_in_suspense(
    paid: PaidDay, two: tuple[Person, Person]
) -> None:
    line = strange(paid, came(7_00, "R9"), 7_00)
    note_line(staff=two[0], line_id=line.pk, text=" Asked the bank ")
    assert LineNote.objects.get().text == "Asked the bank"
    with pytest.raises(InputInvalid):
        note_line(staff=two[0], line_id=line.pk, text=" ")
    with pytest.raises(StillSuspended):
        resolve_line(staff=two[0], line_id=line.pk, note="It was nothing")
    line.refresh_from_db()
    assert (line.state, house("suspense")) == ("suspense", 7_00)


def test_two_write_off_what_nobody_claims(paid: PaidDay, two: tuple[Person, Person]) -> None:
    line = strange(paid, came(7_00, "R9"), 7_00)
    asked = ask_parts(
        staff=two[0], line_id=line.pk, parts=[to_account(7_00, "write_offs")], reason="A year old"
    )
    assert (line.state, house("suspense")) == ("suspense", 7_00)
    with pytest.raises(OwnApproval):
        decide_approval(checker=two[0], approval_id=asked.public_id, approve=True, reason="Mine")
    decide_approval(checker=two[1], approval_id=asked.public_id, approve=True, reason="Agreed")
    with pytest.raises(StateConflict):
        decide_approval(checker=two[1], approval_id=asked.public_id, approve=True, reason="Again")
    work()
    line.refresh_from_db()
    assert (line.state, line.resolution, line.written_off_to) == (
        "resolved",
        "written_off",
        "write_offs",
    )
    assert (line.resolved_by, line.approved_by) == two
    assert (house("suspense"), house("write_offs")) == (0, 7_00)
    assert clearing() == paid.total - 7_00
    assert differences(paid.day) == []
    assert AuditEntry.objects.filter(action="statement_line.decided").count() == 1
    prove_the_books()


def test_a_line_with_another_name_is_matched_by_hand(
    paid: PaidDay, two: tuple[Person, Person]
) -> None:
    nameless = went(paid.first, "R1").replace(paid.first.public_id, "")
    take_in(paid, nameless + went(paid.second, "R2"), -paid.total)
    line = StatementLine.objects.get(state="suspense")
    assert MissingLine.objects.get().payout == paid.first
    (best, *_) = suggest([line.pk])[line.pk]
    assert (best.name, best.score, best.why) == (
        paid.first.public_id,
        80,
        "same_amount_and_day",
    )
    with pytest.raises(FactUnfit):
        ask_parts(
            staff=two[0],
            line_id=line.pk,
            parts=[fact(-FIRST, paid.second.public_id)],
            reason="Wrong",
        )
    decide(two, line, fact(-FIRST, paid.first.public_id))
    assert (line.state, line.resolution, line.payout) == ("matched", "by_hand", paid.first)
    assert (house("suspense"), clearing()) == (0, paid.total)
    assert differences(paid.day) == []
    assert not MissingLine.objects.exists()
    prove_the_books()


def test_one_line_is_several_facts_and_a_charge(paid: PaidDay, two: tuple[Person, Person]) -> None:
    whole = went(paid.first, "R1", more=SECOND + 50).replace(paid.first.public_id, "")
    take_in(paid, whole, -paid.total - 50)
    line = StatementLine.objects.get(state="suspense")
    parts = (
        fact(-FIRST, paid.first.public_id),
        fact(-SECOND, paid.second.public_id),
        to_account(-30, "bank_charges"),
        Part(-20, PartKind.WAIT),
    )
    decide(two, line, *parts)
    assert (line.state, line.resolution) == ("split", "parted")
    assert list(line.parts.order_by("part").values_list("state", "amount_minor")) == [
        ("matched", FIRST),
        ("matched", SECOND),
        ("resolved", 30),
        ("suspense", 20),
    ]
    assert (house("suspense"), house("bank_charges")) == (-20, -30)
    assert clearing() == paid.total + 50
    assert differences(paid.day) == [("suspense", 0)]
    prove_the_books()


BAD = [
    ([Part(7_00, PartKind.WAIT)], InputInvalid),
    ([to_account(6_00, "write_offs")], InputInvalid),
    ([to_account(7_00, "fee_income")], InputInvalid),
    ([to_account(7_00, "payable")], InputInvalid),
    ([], InputInvalid),
    ([to_account(7_00, "write_offs"), Part(0, PartKind.WAIT)], InputInvalid),
    ([fact(3_00, "pyo_x"), fact(4_00, "pyo_x")], InputInvalid),
    ([fact(7_00, "pyo_x")], FactUnfit),
]


def test_parts_that_say_nothing_or_something_else(
    paid: PaidDay, two: tuple[Person, Person]
) -> None:
    line = strange(paid, came(7_00, "R9"), 7_00)
    before = LedgerTransfer.objects.count()
    for parts, refusal in BAD:
        with pytest.raises(TrocoError) as refused:
            ask_parts(staff=two[0], line_id=line.pk, parts=parts, reason="Try")
        assert type(refused.value) is refusal, parts
    assert LedgerTransfer.objects.count() == before


def test_what_changed_since_it_was_asked_is_not_done(
    paid: PaidDay, two: tuple[Person, Person]
) -> None:
    line = strange(paid, came(7_00, "R9"), 7_00)
    asked = ask_parts(
        staff=two[0], line_id=line.pk, parts=[to_account(7_00, "write_offs")], reason="Old"
    )
    with pytest.raises(StateConflict):
        ask_parts(
            staff=two[1], line_id=line.pk, parts=[to_account(7_00, "rounding")], reason="Also"
        )
    take_in(paid, went(paid.first, "R1") + went(paid.second, "R2"), -paid.total)
    assert house("suspense") == 0
    with pytest.raises(StateConflict):
        decide_approval(checker=two[1], approval_id=asked.public_id, approve=True, reason="Yes")
    assert (house("suspense"), house("write_offs")) == (0, 0)
    prove_the_books()


def test_where_the_books_did_not_follow_nothing_is_written_off(
    paid: PaidDay, two: tuple[Person, Person]
) -> None:
    line = strange(paid, went(paid.first, "R1"), 0)
    with pytest.raises(NotSuspended):
        ask_parts(
            staff=two[0], line_id=line.pk, parts=[to_account(-FIRST, "write_offs")], reason="x"
        )
    resolve_line(staff=two[0], line_id=line.pk, note="Doubled on paper")
    line.refresh_from_db()
    assert (line.state, line.resolution) == ("resolved", "explained")


def test_money_goes_back_to_its_sender(paid: PaidDay, two: tuple[Person, Person]) -> None:
    line = strange(paid, came(7_00, "R9"), 7_00)
    asked = ask_return(staff=two[0], line_id=line.pk, reason="Not ours")
    decide_approval(checker=two[1], approval_id=asked.public_id, approve=True, reason="Agreed")
    line.refresh_from_db()
    assert (line.state, line.going_back_since is not None) == ("suspense", True)
    gone = came(7_00, "R9", inside=RETURNED).replace("CRDT", "DBIT")
    take_in(paid, gone, -7_00, opening=7_00 - paid.total, later=1)
    line.refresh_from_db()
    assert (line.state, line.resolution) == ("resolved", "offset")
    assert (house("suspense"), clearing()) == (0, paid.total)
    prove_the_books()


def test_a_payout_taken_back_by_the_bank_is_matched_by_hand_as_returned(
    paid: PaidDay, two: tuple[Person, Person]
) -> None:
    undone = came(FIRST, "R1", name=paid.first.public_id).replace(
        "<BookgDt>", "<RvslInd>true</RvslInd><BookgDt>"
    )
    line = strange(paid, undone, FIRST)
    decide(two, line, fact(FIRST, paid.first.public_id))
    assert Payout.objects.get(pk=paid.first.pk).state == "returned"
    assert (house("suspense"), clearing()) == (0, SECOND)
    assert differences(paid.day) == []
    prove_the_books()


def test_guesses_are_one_query_for_many_lines(paid: PaidDay, two: tuple[Person, Person]) -> None:
    both = went(paid.first, "R1") + went(paid.second, "R2")
    more = came(FIRST, "R8") + went(paid.second, "R2") + came(SECOND, "R2") + came(1, "R7")
    take_in(paid, both + more, FIRST + 1 - paid.total)
    lines = list(
        StatementLine.objects.filter(state__in=["exception", "suspense"]).order_by("position")
    )
    with CaptureQueriesContext(connection) as asked:
        found = suggest([line.pk for line in lines])
    assert len(asked) == 1
    said: list[Any] = [[(each.score, each.why) for each in found[line.pk]] for line in lines]
    assert said == [
        [(50, "came_back")],
        [(95, "opposite_line")],
        [(95, "opposite_line"), (50, "came_back")],
        [],
    ]


def test_the_database_wants_two_people(paid: PaidDay, two: tuple[Person, Person]) -> None:
    line = strange(paid, came(7_00, "R9"), 7_00)
    rows = StatementLine.objects.filter(pk=line.pk)
    with pytest.raises(IntegrityError, match="two_people"), transaction.atomic():
        rows.update(
            state="resolved",
            resolution="written_off",
            suspended_at=None,
            resolved_by=two[0],
            approved_by=two[0],
        )
    with pytest.raises(IntegrityError, match="suspended_is_open"), transaction.atomic():
        rows.update(state="resolved", resolution="explained")
