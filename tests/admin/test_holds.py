"""A hold over HTTP: one person imposes, two different people lift."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from payments.models import Country, HoldLift, RegulatorHold
from payments.services.availability import add_country
from people.models import AuditEntry
from tests.admin.doors import enter, hire, inline_parts

ORDER = {
    "country": "BR",
    "capability": "purchase",
    "level": "stop_new",
    "legal_reference": "Comunicado 1/2026",
    "reason": "Review of the scheme",
}


@pytest.fixture
def brazil(db: None) -> Country:
    return add_country(
        facts={"iso2": "BR", "name": "Brazil", "currency": "BRL", "timezone": "America/Sao_Paulo"},
        staff=None,
    )


def _imposed(client: Any, **changes: str) -> RegulatorHold:
    answer = client.post("/admin/holds/impose", ORDER | changes)
    assert (answer.status_code, answer.headers.get("Location")) == (
        302,
        "/admin/payments/regulatorhold/",
    )
    return RegulatorHold.objects.get()


def _trail() -> list[tuple[str, str]]:
    rows = AuditEntry.objects.filter(action__startswith="hold.").order_by("id")
    return [(row.action, row.actor_login) for row in rows]


def test_one_imposes_and_two_lift(brazil: Country, marta: Any, otto: Any) -> None:
    page = marta.get("/admin/holds/impose?country=BR")
    assert b'<option value="BR" selected>' in page.content
    hold = _imposed(marta)
    assert (hold.capability, hold.level, hold.imposed_by.login) == (
        "purchase",
        "stop_new",
        "marta",
    )
    lift = f"/admin/holds/{hold.public_id}/lift"
    record = f"/admin/payments/regulatorhold/{hold.pk}/change/"
    assert lift in marta.get(record).content.decode()

    answer = marta.post(lift, {"reason": "Review done"}, follow=True)
    assert "1 more person has to approve." in answer.content.decode()
    assert RegulatorHold.objects.get().lifted_at is None
    assert "Review done" in otto.get(lift).content.decode()

    answer = otto.post(lift, {"reason": "Seen, agreed"}, follow=True)
    assert "The hold is lifted." in answer.content.decode()
    assert RegulatorHold.objects.get().lifted_at is not None
    assert lift not in otto.get(record).content.decode()
    assert _trail() == [
        ("hold.imposed", "marta"),
        ("hold.lift_approved", "marta"),
        ("hold.lift_approved", "otto"),
        ("hold.lifted", "otto"),
    ]


def test_one_person_is_not_two(brazil: Country, marta: Any) -> None:
    lift = f"/admin/holds/{_imposed(marta).public_id}/lift"
    assert marta.post(lift, {"reason": "Review done"}).status_code == 302
    answer = marta.post(lift, {"reason": "Really done"})
    assert answer.status_code == 409
    assert "Two different people are needed." in answer.content.decode()
    assert inline_parts(answer) == []
    assert RegulatorHold.objects.get().lifted_at is None
    assert HoldLift.objects.count() == 1


def test_the_home_page_says_who_waits(brazil: Country, marta: Any) -> None:
    hold = _imposed(marta)
    marta.post(f"/admin/holds/{hold.public_id}/lift", {"reason": "Review done"})
    page = marta.get("/admin/").content.decode()
    assert page.count("oldest: under a minute") == 2
    rows = marta.get("/admin/payments/regulatorhold/?standing=half").content.decode()
    assert hold.public_id in rows
    lifted = marta.get("/admin/payments/regulatorhold/?standing=no").content.decode()
    assert hold.public_id not in lifted


@pytest.mark.parametrize(
    "changes",
    [
        {"country": "ZZ"},
        {"capability": "everything"},
        {"level": "pause"},
        {"reason": ""},
        {"reason": "x" * 501},
        {"reason": "a\x00b"},
        {"legal_reference": " "},
    ],
)
def test_an_odd_form_imposes_nothing(brazil: Country, marta: Any, changes: dict[str, str]) -> None:
    answer = marta.post("/admin/holds/impose", ORDER | changes)
    assert answer.status_code == 422
    assert (RegulatorHold.objects.count(), _trail()) == (0, [])


def test_only_its_group_may(brazil: Country, marta: Any) -> None:
    hold = _imposed(marta)
    lift = f"/admin/holds/{hold.public_id}/lift"
    hire("clara", "support")
    clara = enter("clara")
    asked = [clara.get("/admin/holds/impose"), clara.post("/admin/holds/impose", ORDER)]
    asked += [clara.get(lift), clara.post(lift, {"reason": "Why not"})]
    assert [answer.status_code for answer in asked] == [403] * 4
    assert (
        lift not in clara.get(f"/admin/payments/regulatorhold/{hold.pk}/change/").content.decode()
    )
    hire("rui", "countries")
    rui = enter("rui")
    assert rui.post(lift, {"reason": "Review done"}).status_code == 302
    assert (RegulatorHold.objects.count(), HoldLift.objects.count()) == (1, 1)


def test_a_hold_that_is_not_there(marta: Any) -> None:
    answer = marta.get("/admin/holds/hld_none/lift")
    assert answer.status_code == 404


def test_looking_imposes_nothing(brazil: Country, marta: Any) -> None:
    assert marta.get("/admin/holds/impose", ORDER).status_code == 200
    assert RegulatorHold.objects.count() == 0


def test_the_paper_and_the_record_are_handed_over_and_noted(brazil: Country, marta: Any) -> None:
    paper = SimpleUploadedFile("oficio.pdf", b"%PDF-1.7 stop", content_type="application/pdf")
    assert marta.post("/admin/holds/impose", ORDER | {"document": paper}).status_code == 302
    hold = RegulatorHold.objects.get()
    page = marta.get(f"/admin/payments/regulatorhold/{hold.pk}/change/").content.decode()
    assert f"oficio.pdf · SHA-256 {hold.document_sha256}" in page
    answer = marta.get(f"/admin/holds/{hold.public_id}/document")
    assert answer.content == b"%PDF-1.7 stop"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    record = marta.get(f"/admin/holds/{hold.public_id}/record")
    lines = record.content.decode().splitlines()
    assert lines[0] == "at,what,who,reference,amount,detail"
    said = "BR purchase stop_new: Comunicado 1/2026"
    assert lines[1].endswith(f",hold imposed,marta,{hold.public_id},,{said}")
    assert [action for action, _who in _trail()] == [
        "hold.imposed",
        "hold.document_exported",
        "hold.record_exported",
    ]
    hire("clara", "support")
    clara = enter("clara")
    assert clara.get(f"/admin/holds/{hold.public_id}/record").status_code == 200
    assert marta.get("/admin/holds/hld_none/record").status_code == 404


def test_a_hold_over_somebody_nobody_knows_is_refused(brazil: Country, marta: Any) -> None:
    for changes in ({"party": "+5511900000000"}, {"bank": "banco-nada"}, {"starts_at": "soon"}):
        answer = marta.post("/admin/holds/impose", ORDER | changes)
        assert answer.status_code == 422
    assert RegulatorHold.objects.count() == 0
