"""The audit trail on the staff's site: narrowed, and taken along for a reason."""

from typing import Any

from core.transactions import owns
from people.models import AuditEntry, Person
from people.services.audit import record
from tests.admin import people_rows
from tests.admin.doors import enter, hire


def test_a_part_of_the_trail_is_exported_for_a_reason(marta: Any) -> None:
    entry = people_rows.entry()
    assert "/admin/audit/export" in marta.get("/admin/people/auditentry/").content.decode()
    path, asked = "/admin/audit/export", {"action": "hold", "since": "2026-11-23", "until": ""}
    assert marta.post(path, {**asked, "reason": ""}).status_code == 422
    assert marta.post(path, {**asked, "since": "soon", "reason": "x"}).status_code == 422
    assert AuditEntry.objects.filter(action="audit.exported").count() == 0
    answer = marta.post(path, {**asked, "reason": "The auditor came"})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="audit-')
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert len(lines) == 2
    assert entry.object_ref in lines[1]
    noted = AuditEntry.objects.order_by("-id")[0]
    assert (noted.action, noted.actor_login, noted.reason) == (
        "audit.exported",
        "marta",
        "The auditor came",
    )
    assert noted.after["action"] == "hold"
    later = marta.post(path, {**asked, "since": "2026-11-24", "reason": "None"})
    assert len(b"".join(later.streaming_content).decode().splitlines()) == 1


def test_who_may_not_take_the_trail_along(db: None) -> None:
    hire("clara", "countries")
    clara = enter("clara")
    assert clara.get("/admin/people/auditentry/").status_code == 200
    assert clara.get("/admin/audit/export").status_code == 403
    assert clara.post("/admin/audit/export", {"reason": "Mine"}).status_code == 403
    assert AuditEntry.objects.filter(action="audit.exported").count() == 0


@owns
def note(*, about: str, action: str) -> None:
    record(actor=None, action=action, object_ref=about, before={}, after={})


def test_a_persons_trail_is_found_without_writing_their_number_down(db: None) -> None:
    ana, bruno = people_rows.person(), people_rows.person()
    assert ana.party is not None
    note(about=ana.login, action="person.frozen")
    note(about=ana.party.public_id, action="person.revealed")
    note(about=bruno.login, action="duress.lifted")
    hire("otto", "audit")
    otto = enter("otto")
    led = otto.get(f"/admin/people/person/{ana.pk}/history/")
    assert (led.status_code, led.headers["Location"]) == (
        302,
        f"/admin/people/auditentry/?q=person%3A{ana.pk}",
    )
    page = otto.get(led.headers["Location"]).content.decode()
    found = [word in page for word in ("person.frozen", "person.revealed", "duress.lifted")]
    assert found == [True, True, False]
    assert ana.login not in page


def test_who_may_not_see_a_record_is_not_led_to_its_name(db: None) -> None:
    ana = people_rows.person()
    note(about=ana.login, action="person.frozen")
    hire("clara", "countries")
    clara = enter("clara")
    assert not Person.objects.get(login="clara").has_perm("people.view_person")
    assert clara.get(f"/admin/people/person/{ana.pk}/history/").status_code == 403
    page = clara.get(f"/admin/people/auditentry/?q=person:{ana.pk}").content.decode()
    assert "person.frozen" not in page
