"""The one box: it finds by what people are told, masks persons, and shows what one may see."""

from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from payments.models import Attempt
from people.models import AuditEntry, Identity
from tests.admin import bank_rows, people_rows, rows
from tests.admin.doors import enter, hire, inline_parts

MOST_QUERIES = 20


def _find(client: Any, term: str) -> Any:
    return client.get("/admin/search", {"q": term}, follow=True)


def test_one_thing_alone_is_opened_at_once(marta: Any) -> None:
    for make, model in (
        (rows.payment, "payments/payment"),
        (rows.refund, "payments/refund"),
        (bank_rows.payout, "payments/payout"),
        (bank_rows.batch, "payments/settlementbatch"),
        (rows.payment_request, "payments/paymentrequest"),
        (rows.order, "merchants/order"),
        (people_rows.device, "people/device"),
    ):
        row = make()
        prefix = {"payments/refund": "rfn_", "payments/payout": "pyo_"}.get(model)
        if prefix and not row.public_id.startswith(prefix):
            type(row).objects.filter(pk=row.pk).update(public_id=f"{prefix}{row.pk}")
            row.refresh_from_db()
        if model == "payments/settlementbatch":
            type(row).objects.filter(pk=row.pk).update(public_id=f"bat_{row.pk}")
            row.refresh_from_db()
        page = _find(marta, row.public_id)
        assert page.status_code == 200
        assert page.redirect_chain, model
        assert page.redirect_chain[0][0] == f"/admin/{model}/{row.pk}/change/"


def test_a_bank_s_name_of_an_instruction_finds_the_payment(marta: Any) -> None:
    payment = rows.payment()
    instruction = Attempt.objects.get(leg__payment=payment).instruction_id
    page = _find(marta, instruction).content.decode()
    assert payment.public_id in page
    line = bank_rows.line()
    type(line).objects.filter(pk=line.pk).update(bank_reference="BNK77")
    page = _find(marta, "BNK77").content.decode()
    assert f"/admin/payments/statementline/{line.pk}/change/" in page


def test_persons_are_masked_until_a_reason_is_given(marta: Any) -> None:
    ana = people_rows.person()
    assert ana.party is not None
    Identity.objects.create(
        party=ana.party,
        legal_name="Ana Beatriz Souza",
        tax_id="52998224725",
        country="BR",
        tier="basic",
        birth_date=people_rows.DAY,
        verified_at=people_rows.AT,
    )
    phone = str(ana.phone)
    record = f"/admin/people/person/{ana.pk}/change/"
    identity = f"/admin/people/identity/{ana.party.identity.pk}/change/"
    for path in (f"/admin/search?q=%2B{phone[1:]}", "/admin/people/person/", record, identity):
        page = marta.get(path).content.decode()
        body = page[page.index('id="content"') :] if "search?" in path else page
        assert phone not in body.replace(f"“{phone}”", ""), path
        assert "Souza" not in page
        assert "52998224725" not in page
    assert f"•••• {phone[-4:]}" in marta.get(record).content.decode()
    path = f"/admin/people/{ana.pk}/reveal"
    assert path in marta.get(record).content.decode()
    assert marta.post(path, {"reason": ""}).status_code == 422
    assert AuditEntry.objects.filter(action="person.revealed").count() == 0
    shown = marta.post(path, {"reason": "She asked us to correct it"})
    assert shown.status_code == 200
    assert inline_parts(shown) == []
    for value in (phone, "Ana Beatriz Souza", "52998224725"):
        assert value in shown.content.decode()
    entry = AuditEntry.objects.order_by("-id")[0]
    assert (entry.action, entry.actor_login, entry.object_ref, entry.reason) == (
        "person.revealed",
        "marta",
        ana.party.public_id,
        "She asked us to correct it",
    )


def test_what_one_may_not_see_is_not_found(marta: Any) -> None:
    payment, ana = rows.payment(), people_rows.person()
    hire("clara", "countries")
    clara = enter("clara")
    for term in (payment.public_id, str(ana.phone), "Ana"):
        page = _find(clara, term)
        assert page.status_code == 200
        assert not page.redirect_chain
        assert "Nothing that you may see" in page.content.decode()
    assert clara.get(f"/admin/people/{ana.pk}/reveal").status_code == 403
    assert clara.post(f"/admin/people/{ana.pk}/reveal", {"reason": "x"}).status_code == 403


def test_odd_terms_find_nothing_and_break_nothing(marta: Any) -> None:
    for term in ("", " ", "\x00", "%", "_", "'; --", "pay_", "+", "é" * 300, "pty_\u0000"):
        assert _find(marta, term).status_code == 200


def test_a_search_costs_the_same_for_one_row_and_three(marta: Any) -> None:
    people_rows.party()
    costs = []
    for _more in range(2):
        with CaptureQueriesContext(connection) as asked:
            assert "Ana" in marta.get("/admin/search", {"q": "ana"}).content.decode()
        costs.append(sum(each["sql"].startswith("SELECT") for each in asked.captured_queries))
        people_rows.party()
        people_rows.party()
    assert costs == [9, 9]
    assert max(costs) <= MOST_QUERIES
