"""What staff switch off and take down of what shops show: once, with a reason, on record."""

from typing import Any

from merchants.models import ProductPicture
from people.models import AuditEntry
from tests.admin.ware_rows import payment_link, product_picture


def test_a_link_is_switched_off_once(marta: Any) -> None:
    link = payment_link()
    path = f"/admin/links/{link.public_id}/disable"
    page = marta.get(f"/admin/merchants/paymentlink/{link.pk}/change/")
    assert path in page.content.decode()
    assert marta.post(path, {"reason": ""}).status_code == 422
    assert marta.post(path, {"reason": "A false payee"}).status_code == 302
    link.refresh_from_db()
    assert link.disabled_at is not None
    entry = AuditEntry.objects.get(action="link.disabled")
    assert (entry.reason, entry.object_ref) == ("A false payee", link.public_id)
    assert marta.get(path).status_code == 404


def test_a_picture_is_taken_down_and_its_file_let_go(marta: Any) -> None:
    picture = product_picture()
    path = f"/admin/pictures/{picture.public_id}/remove"
    page = marta.get(f"/admin/merchants/productpicture/{picture.pk}/change/").content.decode()
    assert path in page
    assert f"/i/{picture.public_id}/small" in page
    assert marta.post(path, {"reason": "Indecent"}).status_code == 302
    assert not ProductPicture.objects.exists()
    picture.media.refresh_from_db()
    assert picture.media.expires_at is not None
    assert AuditEntry.objects.get(action="product.picture_taken_down").reason == "Indecent"
    assert marta.get(path).status_code == 404
