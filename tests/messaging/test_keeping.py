"""Muting and archiving one's own view, and telling the operator of somebody."""

from datetime import timedelta
from typing import Any

import pytest

from core.api import moment_out
from core.clock import wall_now
from core.errors import NotFound, StateConflict
from messaging.models import FeedRow, Report
from messaging.queries import open_reports
from messaging.services.reports import close_report
from people.models import AuditEntry, Person
from tests.messaging.cast import Phone
from tests.messaging.test_changes import delete, edit
from tests.messaging.test_conversations import problem, same_refusal
from tests.messaging.test_groups import drop, make_group

pytestmark = pytest.mark.django_db


def keep(who: Phone, talk: str, **wish: Any) -> Any:
    return who.client.patch(f"/v1/conversations/{talk}/keeping", wish, format="json")


def inbox(who: Phone, *, archived: bool = False) -> list[str]:
    rows = who.get("conversations", archived=archived).json()["data"]
    return [row["id"] for row in rows]


def test_an_archived_conversation_comes_back_with_the_next_message(
    ana: Phone, bruno: Phone, talk: str
) -> None:
    bruno.say(talk, "oi", "1")
    answer = keep(ana, talk, archived=True)
    assert (answer.status_code, answer.json()["archived"]) == (200, True)
    assert (inbox(ana), inbox(ana, archived=True)) == ([], [talk])
    assert inbox(bruno) == [talk]
    bruno.say(talk, "oi?", "2")
    assert (inbox(ana), inbox(ana, archived=True)) == ([talk], [])
    keep(ana, talk, archived=True, muted="forever")
    bruno.say(talk, "oi!", "3")
    assert (inbox(ana), inbox(ana, archived=True)) == ([], [talk])
    shown = keep(ana, talk, muted=None).json()
    assert (shown["muted"], shown["archived"], shown["unread"]) == (None, False, 3)
    assert inbox(ana) == [talk]
    news = [row.payload for row in FeedRow.objects.filter(kind="conversation").order_by("id")]
    assert [(row["muted"], row["archived"]) for row in news] == [
        (None, True),
        ("forever", True),
        (None, True),
    ]


def test_a_time_of_silence_ends(ana: Phone, talk: str) -> None:
    soon = moment_out(wall_now() + timedelta(hours=8))
    assert keep(ana, talk, muted=soon).json()["muted"] == soon
    assert keep(ana, talk, muted=soon).json()["muted"] == soon
    assert FeedRow.objects.filter(kind="conversation").count() == 1
    past = moment_out(wall_now() - timedelta(seconds=1))
    for wrong in (past, "soon", 7, True, ["forever"]):
        assert problem(keep(ana, talk, muted=wrong)) == (400, "input_invalid")
    for wrong in ("yes", 1, None):
        assert problem(keep(ana, talk, archived=wrong)) == (400, "input_invalid")
    assert problem(keep(ana, talk, pinned=True)) == (400, "unknown_field")
    assert ana.get(f"conversations/{talk}").json()["muted"] == soon


def test_it_is_ones_own_view_only(ana: Phone, bruno: Phone, carla: Phone, talk: str) -> None:
    assert problem(keep(carla, talk, archived=True)) == (404, "not_found")
    assert same_refusal(keep(carla, talk, archived=True), keep(carla, "cnv_x", archived=True))
    keep(ana, talk, archived=True, muted="forever")
    shown = bruno.get(f"conversations/{talk}").json()
    assert (shown["muted"], shown["archived"]) == (None, False)
    group = make_group(ana, bruno)
    drop(bruno, group, bruno)
    assert keep(bruno, group, archived=True).json()["archived"] is True


def test_a_report_keeps_the_evidence_as_it_was(ana: Phone, bruno: Phone, talk: str) -> None:
    for number in range(12):
        ana.say(talk, f"{number}", f"{number}")
    bad = ana.say(talk, "golpe", "bad").message.public_id
    edit(ana, bad, "Bom dia")
    body = {"reason": "scam", "words": "Pediu meu PIN"}
    first, again = (bruno.post(f"messages/{bad}/report", body) for _ in range(2))
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    delete(ana, bad)
    report = Report.objects.get()
    assert (report.reason, report.words, report.about_id) == ("scam", "Pediu meu PIN", ana.party.id)
    assert [row["seq"] for row in report.evidence] == list(range(3, 14))
    last = report.evidence[-1]
    assert last["content"] == {"text": "Bom dia"}
    assert [(row["act"], row["content"]) for row in last["earlier"]] == [
        ("edited", {"text": "golpe"})
    ]
    assert open_reports() == (1, report.created_at)
    whole = bruno.post(f"conversations/{talk}/report", {"reason": "spam"})
    assert (whole.status_code, Report.objects.count()) == (201, 2)
    assert FeedRow.objects.filter(kind="report").count() == 0


def test_one_reports_what_one_sees_and_not_oneself(
    ana: Phone, bruno: Phone, carla: Phone, talk: str
) -> None:
    message = ana.say(talk, "oi", "1").message.public_id
    body = {"reason": "abuse"}
    foreign = carla.post(f"messages/{message}/report", body)
    assert problem(foreign) == (404, "not_found")
    assert same_refusal(foreign, carla.post("messages/msg_unknown/report", body))
    assert problem(carla.post(f"conversations/{talk}/report", body)) == (404, "not_found")
    assert problem(ana.post(f"messages/{message}/report", body)) == (404, "not_found")
    for wrong in ({}, {"reason": "dull"}, {"reason": "spam", "words": "x" * 1001}):
        assert problem(bruno.post(f"messages/{message}/report", wrong)) == (400, "input_invalid")
    assert Report.objects.count() == 0


def test_staff_close_a_report_once_and_it_is_audited(ana: Phone, bruno: Phone, talk: str) -> None:
    message = ana.say(talk, "golpe", "1").message.public_id
    made = bruno.post(f"messages/{message}/report", {"reason": "scam"}).json()["report"]
    staff = Person.objects.create(login="caio", is_staff=True, created_at=wall_now())
    close_report(staff=staff, report_id=made, outcome="Conta congelada.")
    with pytest.raises(StateConflict):
        close_report(staff=staff, report_id=made, outcome="De novo.")
    with pytest.raises(NotFound):
        close_report(staff=staff, report_id="rpt_unknown", outcome="x")
    assert (open_reports()[0], Report.objects.get().outcome) == (0, "Conta congelada.")
    entry = AuditEntry.objects.get(action="report.closed")
    assert (entry.object_ref, entry.reason) == (made, "Conta congelada.")


def test_whom_one_blocks_is_a_list_of_ones_own(
    ana: Phone, bruno: Phone, carla: Phone, talk: str
) -> None:
    path = f"/v1/me/blocks/{bruno.party.public_id}"
    for _ in range(2):
        assert ana.client.put(path).status_code == 204
    assert ana.get("me/blocks").json() == {
        "data": [{"party": bruno.party.public_id, "name": "Bruno"}],
        "next": None,
    }
    assert bruno.get("me/blocks").json() == {"data": [], "next": None}
    text = {"client_id": "1", "type": "text", "text": "oi"}
    assert problem(bruno.post(f"conversations/{talk}/messages", text)) == (404, "not_found")
    assert problem(ana.client.put("/v1/me/blocks/pty_unknown")) == (404, "not_found")
    assert ana.client.delete(path).status_code == 204
    assert bruno.post(f"conversations/{talk}/messages", text).status_code == 201
