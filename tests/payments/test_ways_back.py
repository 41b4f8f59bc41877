"""Money that nobody asked for goes back to who paid it in: told to the bank once, to its end."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from pytest_django import Settings

from core.clock import business_now, wall_now
from core.errors import StateConflict
from payments.models import Bank, StatementLine, WayBack
from payments.queries.queues import ways_back
from payments.services.holds import approve_lift, impose_hold
from payments.services.line_parts import Part, PartKind
from payments.services.lines import GoingBack, NotSentBack, ask_parts, ask_return
from payments.services.reconciliation import import_due_statements
from payments.services.ways_back import carry_due_ways_back, carry_way_back, look_up_way_back
from people.models import AuditEntry, Person
from people.services.approvals import OwnApproval, decide_approval
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import new_account, new_staff, prove_the_books, work
from tests.payments.settlement_cast import (
    SHOPS_BANK,
    clearing,
    cutoff,
    fault,
    heal,
    house,
    next_day,
    point_at,
)

pytestmark = pytest.mark.django_db
PAID = 7_00
WHOLE = Part(PAID, PartKind.ACCOUNT, "write_offs")


class Stranger:
    """Somebody who pays into the house's account at the shops' bank by mistake."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        account = new_account(simulator, "11144477735", balance_minor=PAID, bank=SHOPS_BANK)
        self.token = account["token"]
        said = {
            "instruction_id": f"mistake-{self.token[-8:]}",
            "account": self.token,
            "amount_minor": PAID,
            "currency": "BRL",
            "end_to_end_id": "NOTPROVIDED",
        }
        answer = simulator.client.post(f"/banks/{SHOPS_BANK}/debits", json=said)
        assert answer.json()["outcome"] == "executed"

    @property
    def balance(self) -> int:
        path = f"/banks/{SHOPS_BANK}/accounts/{self.token}"
        found: int = self.simulator.client.get(path).json()["balance_minor"]
        return found

    @property
    def times_given_back(self) -> int:
        found = self.simulator.oracle(SHOPS_BANK)["executions"]
        return sum(each["kind"] == "returned_debit" for each in found)


@pytest.fixture
def stranger(fresh_brazil: Simulator) -> Stranger:
    return Stranger(fresh_brazil)


@pytest.fixture
def two(db: None) -> tuple[Person, Person]:
    return new_staff("carlos"), new_staff("marta")


def a_day_passes() -> None:
    """Let the bank close its day, and its statement be taken in."""
    cutoff()
    next_day()
    import_due_statements(moment=business_now())
    work()


def waiting_line() -> StatementLine:
    return StatementLine.objects.get(state="suspense", direction="into")


def agree(two: tuple[Person, Person], line: StatementLine) -> WayBack:
    """Let one ask and the other approve; the bank is not told yet."""
    asked = ask_return(staff=two[0], line_id=line.pk, reason="Not ours")
    with pytest.raises(OwnApproval):
        decide_approval(checker=two[0], approval_id=asked.public_id, approve=True, reason="Mine")
    assert WayBack.objects.filter(line=line, state="waiting").count() == 0
    decide_approval(checker=two[1], approval_id=asked.public_id, approve=True, reason="Agreed")
    with pytest.raises(StateConflict):
        decide_approval(checker=two[1], approval_id=asked.public_id, approve=True, reason="Again")
    return WayBack.objects.get(line=line, state="waiting")


def now_of(row: WayBack) -> tuple[str, str]:
    row.refresh_from_db()
    return row.state, row.reason


def look_up_when_due(row: WayBack) -> None:
    WayBack.objects.filter(pk=row.pk).update(look_up_at=wall_now() - timedelta(seconds=1))
    assert carry_due_ways_back() == 1


def test_the_bank_sends_it_back_once_and_its_statement_closes_both_lines(
    stranger: Stranger, two: tuple[Person, Person]
) -> None:
    a_day_passes()
    line = waiting_line()
    row = agree(two, line)
    assert (ways_back().count, stranger.balance, house("suspense")) == (1, 0, PAID)
    work()
    assert now_of(row) == ("executed", "")
    carry_way_back(return_id=row.return_id)
    assert carry_due_ways_back() == 0
    assert (stranger.balance, stranger.times_given_back) == (PAID, 1)
    assert (house("suspense"), clearing()) == (PAID, -PAID)  # An answer moves no books.
    a_day_passes()
    line.refresh_from_db()
    assert (now_of(row)[0], line.state, line.resolution) == ("shown", "resolved", "offset")
    assert (ways_back().count, house("suspense"), clearing()) == (0, 0, 0)
    history = AuditEntry.objects.filter(object_ref=line.reference).order_by("id")
    assert list(history.values_list("action", flat=True))[-4:] == [
        "statement_line.sent_back",
        "way_back.sent",
        "way_back.executed",
        "way_back.shown",
    ]
    prove_the_books()


def test_meanwhile_the_line_is_nothing_else(stranger: Stranger, two: tuple[Person, Person]) -> None:
    a_day_passes()
    line = waiting_line()
    row = agree(two, line)
    with pytest.raises(GoingBack):
        ask_parts(staff=two[0], line_id=line.pk, parts=[WHOLE], reason="A year old")
    with pytest.raises(GoingBack):
        ask_return(staff=two[0], line_id=line.pk, reason="Again")
    with pytest.raises(IntegrityError, match="one_of_a_line"), transaction.atomic():
        WayBack.objects.create(
            line=line, return_id="other", amount_minor=1, currency="BRL", asked_at=row.asked_at
        )


def test_what_the_bank_refuses_waits_for_people_again(
    stranger: Stranger, two: tuple[Person, Person]
) -> None:
    a_day_passes()
    closed = f"/banks/{SHOPS_BANK}/accounts/{stranger.token}/close"
    assert stranger.simulator.client.post(closed, json={}).is_success
    line = waiting_line()
    row = agree(two, line)
    work()
    line.refresh_from_db()
    assert (now_of(row), line.going_back_since) == (("refused", "AC04"), None)
    assert line.note == "not sent back: AC04"
    asked = ask_parts(staff=two[0], line_id=line.pk, parts=[WHOLE], reason="Nobody claims it")
    decide_approval(checker=two[1], approval_id=asked.public_id, approve=True, reason="Agreed")
    assert (house("suspense"), house("write_offs"), ways_back().count) == (0, PAID, 0)
    prove_the_books()


def test_an_answer_that_does_not_come_is_looked_up_and_nothing_is_sent_again(
    stranger: Stranger, two: tuple[Person, Person]
) -> None:
    a_day_passes()
    row = agree(two, waiting_line())
    fault(stranger.simulator, "executed_but_timeout", direction="return")
    work()
    assert now_of(row)[0] == "unknown"
    heal(stranger.simulator)
    look_up_when_due(row)
    carry_way_back(return_id=row.return_id)
    assert (now_of(row)[0], stranger.times_given_back) == ("executed", 1)


def test_a_bank_that_was_not_reached_is_told_again(
    stranger: Stranger, two: tuple[Person, Person], settings: Settings
) -> None:
    a_day_passes()
    row = agree(two, waiting_line())
    settings.TROCO_SIMULATOR_URL = "http://127.0.0.1:9"
    settings.TROCO_HTTP_ALLOWED_ORIGINS = ["http://127.0.0.1:9"]
    work()
    assert now_of(row)[0] == "waiting"
    point_at(stranger.simulator, settings)
    assert (carry_due_ways_back(), stranger.times_given_back) == (0, 0)  # Its duty comes back.
    WayBack.objects.update(sent_at=wall_now() - timedelta(minutes=3))
    assert carry_due_ways_back() == 1
    assert (now_of(row)[0], stranger.times_given_back) == ("executed", 1)


def test_what_stays_unknown_is_over_when_two_statements_do_not_show_it(
    stranger: Stranger, two: tuple[Person, Person]
) -> None:
    a_day_passes()
    line = waiting_line()
    row = agree(two, line)
    fault(stranger.simulator, "lost", direction="return", count=1)
    work()
    for _ in range(3):
        assert now_of(row)[0] == "unknown"
        look_up_when_due(row)
    row.refresh_from_db()
    assert (row.look_ups, row.look_up_at, row.reason) == (3, None, "not_found")
    for _ in range(3):
        carry_due_ways_back()
        assert now_of(row)[0] == "unknown"
        a_day_passes()
    carry_due_ways_back()
    line.refresh_from_db()
    assert now_of(row) == ("refused", "no statement shows it")
    assert (line.state, line.going_back_since, stranger.times_given_back) == ("suspense", None, 0)
    again = agree(two, line)
    work()
    assert (now_of(again)[0], stranger.times_given_back) == ("executed", 1)
    assert again.return_id != row.return_id


def test_a_person_asks_the_bank_and_nothing_is_sent(
    stranger: Stranger, two: tuple[Person, Person]
) -> None:
    a_day_passes()
    row = agree(two, waiting_line())
    fault(stranger.simulator, "executed_but_timeout", direction="return")
    work()
    heal(stranger.simulator)
    found = look_up_way_back(staff=two[0], return_id=row.return_id, reason="They called")
    assert (found.state, stranger.times_given_back) == ("executed", 1)
    assert AuditEntry.objects.filter(action="way_back.looked_up").count() == 1


def test_a_hold_on_everything_keeps_it_here_until_it_is_lifted(
    stranger: Stranger, two: tuple[Person, Person]
) -> None:
    a_day_passes()
    row = agree(two, waiting_line())
    hold = impose_hold(
        staff=two[0],
        country="BR",
        capability="",
        level="stop_all",
        reason="review",
        legal_reference="BCB 7/2026",
    )
    work()
    assert (now_of(row)[0], stranger.times_given_back) == ("waiting", 0)
    for each in two:
        approve_lift(staff=each, hold_id=hold.public_id, reason="over")
    work()
    assert (now_of(row)[0], stranger.times_given_back) == ("executed", 1)


def test_a_bank_that_takes_no_such_instruction_is_asked_in_writing(
    stranger: Stranger, two: tuple[Person, Person]
) -> None:
    a_day_passes()
    Bank.objects.filter(slug=SHOPS_BANK).update(rail="iso20022")
    with pytest.raises(NotSentBack):
        ask_return(staff=two[0], line_id=waiting_line().pk, reason="Not ours")
