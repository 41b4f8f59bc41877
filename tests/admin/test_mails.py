"""Codes for owners' phones and statements by mail: found by staff, masked, ended once on record."""

from typing import Any

import pytest

from core.clock import wall_now
from core.errors import NotFound
from merchants.models import StatementMailing
from merchants.services.paper_links import cancel_by_staff
from merchants.services.statement_mails import end_mail_by_staff
from people.models import AuditEntry, Person
from tests.admin.doors import enter, hire
from tests.admin.mail_rows import mailing, paper_link, statement_mail

LINKS = "/admin/merchants/paperlink/"
MAILS = "/admin/merchants/statementmail/"
SENT = "/admin/merchants/statementmailing/"


def _found(client: Any, path: str, **query: str) -> list[Any]:
    page = client.get(path, query)
    assert page.status_code == 200
    return [row.pk for row in page.context["cl"].result_list]


def test_an_open_code_is_ended_once(marta: Any) -> None:
    code = paper_link()
    path = f"/admin/paper-links/{code.pk}/end"
    page = marta.get(f"{LINKS}{code.pk}/change/").content
    assert path.encode() in page
    assert b"tok-secret" not in page
    assert marta.post(path, {"reason": ""}).status_code == 422
    assert marta.post(path, {"reason": "The owner saw it leak"}).status_code == 302
    code.refresh_from_db()
    assert code.cancelled_at is not None
    entry = AuditEntry.objects.get(action="paper.code_ended")
    assert (entry.actor_login, entry.reason) == ("marta", "The owner saw it leak")
    assert (entry.object_ref, entry.after) == (code.shop.public_id, {"paper": "owner"})
    assert marta.get(path).status_code == 404
    assert path not in marta.get(f"{LINKS}{code.pk}/change/").content.decode()
    with pytest.raises(NotFound):
        cancel_by_staff(staff=Person.objects.get(login="marta"), link_id=code.pk, reason="x")


def test_codes_are_found_by_shop_by_who_asked_and_by_standing(marta: Any) -> None:
    first, second = paper_link(), paper_link()
    second.expires_at = wall_now()
    second.save(update_fields=["expires_at"])
    assert _found(marta, LINKS, q=first.shop.public_id) == [first.pk]
    assert _found(marta, LINKS, q=second.made_by.login or "") == [second.pk]
    assert _found(marta, LINKS, standing="open") == [first.pk]
    assert _found(marta, LINKS, kind="owner") == [second.pk, first.pk]
    assert _found(marta, LINKS, kind="address") == []
    assert marta.get(f"/admin/paper-links/{second.pk}/end").status_code == 404


def test_an_address_that_bounces_is_found_by_all_of_it_and_ended(marta: Any) -> None:
    mail, other = statement_mail(), statement_mail()
    assert _found(marta, MAILS, q=mail.address.upper()) == [mail.pk]
    assert _found(marta, MAILS, q="padaria.example") == []
    assert _found(marta, MAILS, unconfirmed="yes") == [other.pk, mail.pk]
    assert _found(marta, MAILS, going="yes") == []
    path = f"/admin/statement-mails/{mail.public_id}/end"
    for page in (marta.get(f"{MAILS}{mail.pk}/change/"), marta.get(path), marta.get(MAILS)):
        assert mail.address not in page.content.decode()
        assert "z…@padaria.example" in page.content.decode()
    assert marta.post(path, {"reason": "It bounces"}).status_code == 302
    mail.refresh_from_db()
    other.refresh_from_db()
    assert (mail.ended_at is None, mail.token_hash, other.ended_at) == (False, None, None)
    entry = AuditEntry.objects.get(action="statement_mail.ended")
    assert (entry.actor_login, entry.reason) == ("marta", "It bounces")
    assert (entry.object_ref, entry.after["mail"]) == (mail.shop.public_id, "z…@padaria.example")
    assert marta.get(path).status_code == 404
    with pytest.raises(NotFound):
        end_mail_by_staff(
            staff=Person.objects.get(login="marta"), mail_id=mail.public_id, reason="x"
        )


def test_mails_of_months_say_how_they_went(marta: Any) -> None:
    now, row = wall_now(), mailing()
    said: dict[str, dict[str, Any]] = {
        "waiting": {},
        "trying again": {"tries": 1},
        "unknown": {"tries": 1, "begun_at": now},
        "sent": {"tries": 1, "begun_at": now, "sent_at": now},
        "failed": {"tries": 8, "given_up_at": now},
        "not wanted": {"given_up_at": now},
    }
    found = {}
    for words, facts in said.items():
        fresh: dict[str, Any] = {"tries": 0, "begun_at": None, "sent_at": None, "given_up_at": None}
        StatementMailing.objects.update(**{**fresh, **facts})
        page = marta.get(f"{SENT}{row.pk}/change/").content.decode()
        found[words] = (
            f">{words}</span>" in page,
            _found(marta, SENT, failed="yes") == [row.pk],
            _found(marta, SENT, owed="yes") == [row.pk],
        )
    assert found == {
        "waiting": (True, False, True),
        "trying again": (True, True, True),
        "unknown": (True, True, True),
        "sent": (True, False, False),
        "failed": (True, True, False),
        "not wanted": (True, False, False),
    }
    assert _found(marta, SENT, q=row.mail.address) == [row.pk]
    assert row.mail.address not in marta.get(SENT).content.decode()


@pytest.mark.django_db
def test_who_may_not_end_them_does_not() -> None:
    hire("nina", "audit")
    nina, code, mail = enter("nina"), paper_link(), statement_mail()
    paths = (f"/admin/paper-links/{code.pk}/end", f"/admin/statement-mails/{mail.public_id}/end")
    assert [nina.get(path).status_code for path in (LINKS, MAILS, SENT)] == [200] * 3
    assert [nina.post(path, {"reason": "x"}).status_code for path in paths] == [403] * 2
    assert _is_free_of(nina.get(f"{LINKS}{code.pk}/change/"), paths[0])
    assert _is_free_of(nina.get(f"{MAILS}{mail.pk}/change/"), paths[1])


def _is_free_of(page: Any, path: str) -> bool:
    """Tell whether a page shows no way to an address."""
    return path not in page.content.decode()
