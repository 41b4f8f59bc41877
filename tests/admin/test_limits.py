"""Staff find what people chose by the person, and a receipt by the code as it was read out."""

from typing import Any

from payments.receipt_codes import shown_code
from people.models import Party
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
