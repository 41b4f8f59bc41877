"""Staff find what people chose by the person, and a receipt by the code as it was read out."""

from typing import Any

from core.transactions import owns_block
from payments.models import Country
from payments.receipt_codes import shown_code
from payments.services.limits import put_standard_rules
from people.models import ApprovalRequest, Party
from tests.admin import people_rows, program_rows
from tests.admin.doors import enter, hire
from tests.admin.rows import limit_settings, limit_usage, personal_limit, receipt


def _list(client: Any, name: str, words: str) -> str:
    page = client.get(f"/admin/payments/{name}/", {"q": words})
    assert page.status_code == 200
    return str(page.content.decode())


def test_limits_are_found_by_their_party(marta: Any) -> None:
    for name, make in (
        ("personallimit", personal_limit),
        ("limitsettings", limit_settings),
        ("limitusage", limit_usage),
    ):
        mine, other = make(), make()
        party = Party.objects.get(pk=mine.party_id)
        page = _list(marta, name, party.public_id)
        found = [f"/admin/payments/{name}/{row.pk}/change/" in page for row in (mine, other)]
        assert (name, found) == (name, [True, False])


def test_a_receipt_is_found_by_its_code_with_dashes(marta: Any) -> None:
    mine, other = receipt(), receipt()
    page = _list(marta, "receipt", shown_code(mine.code).lower())
    assert (shown_code(mine.code) in page, shown_code(other.code) in page) == (True, False)
    payment = _list(marta, "receipt", mine.payment.public_id)
    assert shown_code(mine.code) in payment


def test_staff_ask_for_another_limit_and_a_colleague_approves(marta: Any, otto: Any) -> None:
    limit_of_brazil()
    ana = people_rows.person()
    assert ana.party is not None
    page = f"/admin/people/{ana.pk}/limits"
    path = f"/admin/parties/{ana.party.public_id}/limits/purchase/per_purchase/set"
    assert path in marta.get(page).content.decode()
    assert 'value="5000.00"' in marta.get(path).content.decode()
    answers = {"limit": "1,250.50", "days": "3", "why": "safety", "reason": "Odd hours"}
    wrong = [{"limit": "1.005"}, {"limit": "much"}, {"days": "91"}, {"days": "0"}, {"reason": ""}]
    said = [marta.post(path, {**answers, **each}).status_code for each in wrong]
    assert said == [422] * len(wrong)
    assert marta.post(path, {**answers, "limit": "50000.01"}).status_code == 400
    assert not ApprovalRequest.objects.exists()
    assert marta.post(path, answers).status_code == 302
    asked = ApprovalRequest.objects.get()
    deciding = f"/admin/approvals/{asked.public_id}/approve"
    shown = otto.get(deciding).content.decode()
    assert ("BRL\u00a05,000.00" in shown, "BRL\u00a01,250.50" in shown) == (True, True)
    assert marta.post(deciding, {"reason": "Mine"}).status_code == 403
    assert otto.post(deciding, {"reason": "Agreed"}).status_code == 302
    why = marta.get(page).content.decode()
    assert "two of the staff" in why
    assert "BRL\u00a01,250.50" in why
    ending = path.replace("/set", "/end")
    assert ending in why
    assert marta.post(ending, {"reason": "She is safe"}).status_code == 302
    assert otto.post(deciding, {"reason": "Again"}).status_code == 409
    found = marta.get("/admin/payments/limitdecision/?standing=yes").content.decode()
    assert "BRL\u00a01,250.50" in found


def test_a_shop_s_limits_are_of_what_it_sells(marta: Any) -> None:
    limit_of_brazil()
    shop = program_rows.shop()
    path = f"/admin/parties/{shop.party.public_id}/limits"
    assert path in marta.get(f"/admin/merchants/shop/{shop.pk}/change/").content.decode()
    page = marta.get(path).content.decode()
    assert "There is no such limit unless staff set one." in page
    assert f"{path}/purchase/sales_per_day/set" in page
    assert marta.get(f"{path}/person_to_person/per_payment/set").status_code == 404
    assert marta.get("/admin/parties/pty_nobody/limits").status_code == 404


def test_who_may_not_set_a_limit(db: None) -> None:
    limit_of_brazil()
    ana = people_rows.person()
    assert ana.party is not None
    hire("clara", "audit")
    clara = enter("clara")
    path = f"/admin/parties/{ana.party.public_id}/limits/purchase/per_purchase/set"
    assert path not in clara.get(f"/admin/people/{ana.pk}/limits").content.decode()
    assert (clara.get(path).status_code, clara.post(path, {}).status_code) == (403, 403)


def limit_of_brazil() -> None:
    """Give the country its usual limits."""
    brazil = {"name": "Brazil", "currency": "BRL", "timezone": "America/Sao_Paulo"}
    Country.objects.get_or_create(iso2="BR", defaults={**brazil, "created_at": people_rows.AT})
    with owns_block():
        put_standard_rules(country="BR")
