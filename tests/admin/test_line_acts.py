"""The queue of statement lines, and what staff ask for there: every form of it."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.clock import business_now
from core.transactions import owns_block
from payments.models import LineNote, StatementLine
from payments.services.suspense import suspend_lines
from people.models import ApprovalRequest
from tests.admin import bank_rows
from tests.admin.doors import enter, hire

VERBS = ("note", "resolve", "match", "split", "write-off", "return")


def suspended() -> StatementLine:
    """A line whose money is in suspense: BRL 1.00 that came in."""
    line = bank_rows.line("suspense")
    with owns_block():
        suspend_lines(lines=[line], moment=business_now())
    return line


def path(line: StatementLine, verb: str) -> str:
    return f"/admin/lines/{line.pk}/{verb}"


def test_a_line_shows_what_may_be_done_with_it(marta: Any) -> None:
    waiting, on_paper = suspended(), bank_rows.line("exception")
    done = bank_rows.line("resolved")
    offered = {}
    for name, line in (("waiting", waiting), ("on_paper", on_paper), ("done", done)):
        page = marta.get(f"/admin/payments/statementline/{line.pk}/change/").content.decode()
        offered[name] = [verb for verb in VERBS if path(line, verb) in page]
    assert offered == {
        "waiting": ["note", "match", "split", "write-off", "return"],
        "on_paper": ["note", "resolve", "match", "split", "write-off"],
        "done": [],
    }
    for verb in VERBS:
        assert marta.get(path(waiting, verb)).status_code == 200


def test_a_note_is_kept_and_shown(marta: Any) -> None:
    line = suspended()
    assert marta.post(path(line, "note"), {"reason": "Asked <b>the bank</b>"}).status_code == 302
    assert LineNote.objects.get().by.login == "marta"
    page = marta.get(f"/admin/payments/statementline/{line.pk}/change/").content.decode()
    assert "Asked &lt;b&gt;the bank" in page


ASKED = [
    ("write-off", {"booked_to": "write_offs"}, [[100, "account", "write_offs"]]),
    (
        "split",
        {"parts": "+0.40 bank_charges\n 0.60  ?"},
        [[40, "account", "bank_charges"], [60, "wait", ""]],
    ),
]


@pytest.mark.parametrize(("verb", "answers", "parts"), ASKED)
def test_a_colleague_is_asked(marta: Any, verb: str, answers: dict[str, str], parts: Any) -> None:
    line = suspended()
    sent = {**answers, "reason": "A year old"}
    assert marta.post(path(line, verb), sent).status_code == 302
    asked = ApprovalRequest.objects.get()
    assert (asked.action, asked.object_ref) == ("line.part", line.reference)
    assert asked.payload["parts"] == parts
    assert marta.post(path(line, verb), sent).status_code == 409
    line.refresh_from_db()
    assert line.state == "suspense"
    hire("clara", "settlement")
    page = f"/admin/approvals/{asked.public_id}/approve"
    assert enter("clara").post(page, {"reason": "Agreed"}).status_code == 302
    line.refresh_from_db()
    assert line.state in {"resolved", "split"}
    assert (str(line.resolved_by), str(line.approved_by)) == ("marta", "clara")


REFUSED = [
    ("split", {"parts": "0.40 bank_charges"}, 400),
    ("split", {"parts": "forty ?"}, 422),
    ("split", {"parts": "1.001 bank_charges"}, 400),
    ("split", {"parts": ""}, 422),
    ("match", {"fact": "pyo_nothing"}, 409),
    ("write-off", {"booked_to": "fee_income"}, 422),
]


def test_what_cannot_be_is_refused_in_words(marta: Any) -> None:
    line = suspended()
    said = [
        marta.post(path(line, verb), {**answers, "reason": "Try"}).status_code
        for verb, answers, _ in REFUSED
    ]
    assert said == [status for _, _, status in REFUSED]
    assert not ApprovalRequest.objects.exists()
    assert marta.post(path(line, "resolve"), {"reason": "Nothing"}).status_code == 409
    assert marta.get("/admin/lines/0/note").status_code == 404


def test_sending_back_is_asked_for_once(marta: Any) -> None:
    line, on_paper = suspended(), bank_rows.line("suspense")
    assert marta.post(path(line, "return"), {"reason": "Not ours"}).status_code == 302
    assert ApprovalRequest.objects.get().action == "line.return"
    assert marta.post(path(on_paper, "return"), {"reason": "Not ours"}).status_code == 409


@pytest.mark.parametrize("group", ["countries", "support", "audit"])
def test_lines_are_settlements(db: None, group: str) -> None:
    line = suspended()
    hire("clara", group)
    clara = enter("clara")
    found = [clara.post(path(line, verb), {"reason": "Mine"}).status_code for verb in VERBS]
    assert found == [403] * len(VERBS)


def test_the_queue_is_by_type_and_age_with_guesses_in_one_question(marta: Any) -> None:
    lines = [bank_rows.line("suspense"), bank_rows.line("exception"), bank_rows.line("resolved")]
    page = "/admin/payments/statementline/"
    kinds = ("open", "repeat", "charge", "reversal", "remainder", "differs", "strange")
    counts = {}
    for kind in kinds:
        listed = marta.get(f"{page}?break={kind}").content.decode()
        counts[kind] = sum(f"{page}{line.pk}/" in listed for line in lines)
    assert counts == {
        "open": 2,
        "repeat": 0,
        "charge": 0,
        "reversal": 0,
        "remainder": 0,
        "differs": 1,
        "strange": 1,
    }
    assert marta.get(f"{page}?age=30").status_code == 200
    with CaptureQueriesContext(connection) as asked:
        marta.get(page)
    assert sum("judged" in each["sql"] or "best AS" in each["sql"] for each in asked) == 1
