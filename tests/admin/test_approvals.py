"""Four eyes on the staff's site: asking, seeing what waits for oneself, deciding."""

from typing import Any

from payments.models import HoldLift, SettlementBatch
from people.models import ApprovalRequest, AuditEntry, Person
from tests.admin import bank_rows, people_rows
from tests.admin.doors import enter, hire

WAITS_FOR_ME = "/admin/people/approvalrequest/?state=mine"


def _ask(client: Any) -> ApprovalRequest:
    """Ask that Clara, who is in support, look after countries instead."""
    clara = Person.objects.filter(login="clara").first() or hire("clara", "support")
    path = f"/admin/people/{clara.pk}/groups"
    assert path in client.get(f"/admin/people/person/{clara.pk}/change/").content.decode()
    assert client.post(path, {"groups": ["kings"], "reason": "x"}).status_code == 422
    assert client.post(path, {"groups": ["countries"], "reason": "She moves"}).status_code == 302
    return ApprovalRequest.objects.order_by("-id")[0]


def test_a_colleague_sees_it_waiting_and_approves(marta: Any, otto: Any) -> None:
    asked = _ask(marta)
    name, path = asked.public_id, f"/admin/approvals/{asked.public_id}/approve"
    assert name not in marta.get(WAITS_FOR_ME).content.decode()
    assert name in otto.get(WAITS_FOR_ME).content.decode()
    assert '"/admin/approvals/"' in otto.get("/admin/").content.decode()
    assert path in otto.get(f"/admin/people/approvalrequest/{asked.pk}/change/").content.decode()
    page = otto.get(path).content.decode()
    assert page.index("countries") < page.index("Approve and do it now")
    assert "She moves" in page
    assert otto.post(path, {"reason": ""}).status_code == 422
    assert otto.post(path, {"reason": "Agreed"}).status_code == 302
    assert Person.objects.get(login="clara").groups.get().name == "countries"
    assert AuditEntry.objects.order_by("-id")[0].action == "staff.groups_changed"
    again = otto.post(path, {"reason": "Again"})
    assert (again.status_code, "decided already" in again.content.decode()) == (409, True)


def test_who_asked_is_told_that_somebody_else_decides(marta: Any) -> None:
    asked = _ask(marta)
    for verb in ("approve", "decline"):
        answer = marta.post(f"/admin/approvals/{asked.public_id}/{verb}", {"reason": "Mine"})
        assert answer.status_code == 403
        assert "somebody else has to decide" in answer.content.decode()
    asked.refresh_from_db()
    assert asked.state == "waiting"
    path = f"/admin/approvals/{asked.public_id}/withdraw"
    assert marta.post(path, {"reason": "A mistake"}).status_code == 302
    asked.refresh_from_db()
    assert asked.state == "withdrawn"


def test_a_colleague_declines(marta: Any, otto: Any) -> None:
    asked = _ask(marta)
    path = f"/admin/approvals/{asked.public_id}/decline"
    assert otto.post(path, {"reason": "Not now"}).status_code == 302
    asked.refresh_from_db()
    assert (asked.state, asked.decision_reason) == ("declined", "Not now")
    assert Person.objects.get(login="clara").groups.get().name == "support"


def test_without_the_permission_the_pages_stay_shut(marta: Any) -> None:
    asked = _ask(marta)
    clara = enter("clara")
    assert clara.get("/admin/people/approvalrequest/").status_code == 200
    for verb in ("approve", "decline"):
        path = f"/admin/approvals/{asked.public_id}/{verb}"
        assert (clara.get(path).status_code, clara.post(path, {}).status_code) == (403, 403)
    assert marta.get("/admin/approvals/apr_nothing/approve").status_code == 404
    person = Person.objects.get(login="clara")
    assert clara.get(f"/admin/people/{person.pk}/groups").status_code == 403


def test_everything_that_waits_for_a_second_person_is_on_one_page(marta: Any, otto: Any) -> None:
    asked = _ask(marta)
    hold, batch = bank_rows.hold(), bank_rows.batch()
    mine = Person.objects.get(login="marta")
    lift = {"ordinal": 1, "by": mine, "at": people_rows.AT, "reason": "It ran out"}
    HoldLift.objects.create(hold=hold, **lift)
    SettlementBatch.objects.filter(pk=batch.pk).update(
        state="claimed",
        total_minor=10,
        approval_above_minor=5,
        prepared_by=mine,
        claimed_at=people_rows.AT,
    )
    page = otto.get("/admin/approvals/").content.decode()
    paths = [
        f"/admin/approvals/{asked.public_id}/approve",
        f"/admin/holds/{hold.public_id}/lift",
        f"/admin/batches/{batch.public_id}/approve",
    ]
    assert [path in page for path in paths] == [True] * 3
    home = otto.get("/admin/").content.decode()
    assert home.index("/admin/approvals/") < home.index("Approvals that wait for you")
    own = marta.get("/admin/approvals/").content.decode()
    assert [path in own for path in paths] == [False] * 3
    assert "Nothing waits for you" in own
    clara = enter("clara").get("/admin/approvals/").content.decode()
    assert [path in clara for path in paths] == [False] * 3
