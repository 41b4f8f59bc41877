"""The code on the owner's screen, and the page that it leads a phone to."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from merchants.enums import Role
from merchants.models import PaperLink, ReviewDocument, Shop
from merchants.portal import paper_phone
from tests.portal import cast
from tests.portal.test_review_papers import paper

pytestmark = pytest.mark.django_db
ASKED = {"HX-Request": "true"}


@pytest.fixture
def ze(db: None) -> tuple[cast.Clerk, Shop]:
    """An owner whose shop is being reviewed."""
    cast.plan_brazil()
    return cast.owner_of("Zé", "Padaria do Zé")


@pytest.fixture
def addresses(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the codes of this test lead to: a picture is all that a page says of it."""
    drawn: list[str] = []

    def draw(text: str) -> str:
        drawn.append(text)
        return "data:,"

    monkeypatch.setattr(paper_phone, "draw_code", draw)
    return drawn


def code(owner: cast.Clerk, addresses: list[str], kind: str = "registration") -> str:
    """Ask for a code; return the path that it leads to."""
    answer = owner.post("/review/phone", kind=kind)
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert addresses[-1] not in answer.content.decode()
    return addresses[-1].removeprefix(settings.TROCO_PUBLIC_URL)


def test_a_paper_goes_from_the_phone_to_the_review(
    ze: tuple[cast.Clerk, Shop], addresses: list[str]
) -> None:
    owner, _shop = ze
    path, phone = code(owner, addresses), Client(enforce_csrf_checks=True)
    assert owner.client.get("/portal/review/phone", headers=ASKED).status_code == 204
    page = phone.get(path)
    assert page.status_code == 200
    assert page["Referrer-Policy"] == "no-referrer"
    assert not page.cookies
    text = page.content.decode()
    assert "Padaria do Zé" in text
    assert "Registration of the business" in text
    assert 'capture="environment"' in text
    sent = phone.post(path, {"file": paper()})
    assert (sent.status_code, sent["Location"]) == (303, "/u/done")
    assert "go back to your computer" in phone.get("/u/done").content.decode()
    told = owner.client.get("/portal/review/phone", headers=ASKED)
    assert (told.status_code, told["HX-Redirect"]) == (204, "/portal/review")
    review = owner.body("/review")
    assert "Your paper came from the phone." in review
    assert "Registration of the business: contrato.pdf" in review
    log = owner.body("/team/activity")
    assert "Asked for a code to send a paper by phone" in log
    assert "Sent a paper to the reviewers from a phone" in log


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "a paper has at most 5 MB"),
        ("pt-BR", "um documento tem no máximo 5 MB"),
        ("bn", "একটি কাগজ সর্বোচ্চ 5 MB"),
    ],
)
def test_a_file_that_the_front_does_not_take_is_told_on_the_page_that_asks(
    ze: tuple[cast.Clerk, Shop], addresses: list[str], language: str, words: str
) -> None:
    owner, _shop = ze
    path, phone = code(owner, addresses), Client()
    said = {"Accept-Language": language, "X-Troco-Too-Large": "yes"}
    page = phone.get(path, headers=said)
    text = page.content.decode()
    assert (page.status_code, words in text, 'role="alert"' in text) == (413, True, True)
    assert 'type="file"' in text
    assert page["Cache-Control"] == "no-store"
    assert PaperLink.objects.get().tries == 0
    assert phone.get("/u/nothing", headers=said).status_code == 404
    assert phone.post(path, {"file": paper()}).status_code == 303


def test_the_phone_learns_nothing_but_the_name(
    ze: tuple[cast.Clerk, Shop], addresses: list[str]
) -> None:
    owner, shop = ze
    text = Client().get(code(owner, addresses)).content.decode()
    known = [shop.public_id, owner.login, owner.person.phone or "", "BRL", "Brazil"]
    assert [word for word in known if word in text] == []


def test_links_that_are_over_and_links_that_never_were_look_the_same(
    ze: tuple[cast.Clerk, Shop], addresses: list[str]
) -> None:
    owner, _shop = ze
    used, cancelled = code(owner, addresses), code(owner, addresses)
    PaperLink.objects.all().delete()
    gone = code(owner, addresses)
    owner.post("/review/phone", verb="stop")
    unknown = ["/u/" + "x" * 32, "/u/x", "/u/" + "é" * 9, "/u/" + "x" * 500]
    pages = set()
    for path in (used, cancelled, gone, *unknown):
        for answer in (Client().get(path), Client().post(path, {"file": paper()})):
            assert answer.status_code == 404
            pages.add(cast.without_request_id(answer))
    assert len(pages) == 1
    assert "This code is over" in pages.pop()
    assert ReviewDocument.objects.count() == 0


def test_what_is_no_paper_is_told_and_may_be_tried_again(
    ze: tuple[cast.Clerk, Shop], addresses: list[str]
) -> None:
    path = code(ze[0], addresses)
    for files in (
        {},
        {"file": paper(b"MZ", "a.pdf")},
        {"file": paper(b"%PDF-" + b"0" * 5_000_000)},
    ):
        answer: Any = Client().post(path, files)
        assert answer.status_code == 422
        assert 'role="alert"' in answer.content.decode()
    assert ReviewDocument.objects.count() == 0
    assert Client().post(path, {"file": paper()}).status_code == 303


def test_the_computer_says_when_a_code_is_over(
    ze: tuple[cast.Clerk, Shop], addresses: list[str]
) -> None:
    owner, _shop = ze
    assert owner.get("/review/phone").status_code == 303
    code(owner, addresses)
    assert "A code is shown once" in owner.body("/review/phone")
    PaperLink.objects.update(cancelled_at=PaperLink.objects.get().made_at)
    page = owner.client.get("/portal/review/phone", headers=ASKED)
    assert page.status_code == 200
    shown = page.content.decode()
    assert "This code is over" in shown
    assert re.search(r'id="live"[^>]*hx-get', shown) is None


def test_nobody_else_of_the_team_gets_a_code(
    ze: tuple[cast.Clerk, Shop], addresses: list[str]
) -> None:
    for role in set(Role) - {Role.OWNER}:
        clerk = cast.member_of(ze[1], role)
        assert clerk.post("/review/phone", kind="owner").status_code == 403
        assert "review/phone" not in clerk.body("/review")
    assert PaperLink.objects.count() == 0
    answer = ze[0].post("/review/phone", kind="passport")
    assert (answer.status_code, answer["Location"]) == (303, "/portal/review")
    assert PaperLink.objects.count() == 0
    assert addresses == []
