"""A paper from a phone: by an address that works once, for minutes, and tells nothing."""

import io
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from core.clock import wall_now
from core.errors import InputInvalid, NotFound, StateConflict, TrocoError
from merchants.enums import Role
from merchants.models import PaperLink, ReviewDocument, Shop
from merchants.services import paper_links
from merchants.services.paper_links import (
    AskedPaper,
    make_paper_link,
    paper_asked,
    send_from_phone,
    stop_paper_link,
)
from merchants.services.reviews import reject_review
from merchants.services.team import add_member, change_role, remove_member
from people.models import AuditEntry, Person
from people.services.web_sessions import end_other_sessions
from tests.merchants.cast import join, new_shop
from tests.merchants.test_review_papers import PDF, picture
from tests.merchants.test_reviews import known_owner, review_of, staff

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def owner(db: None) -> Person:
    return known_owner()  # type: ignore[no-any-return]


@pytest.fixture
def shop(owner: Person) -> Shop:
    return new_shop(owner)


def ask(shop: Shop, owner: Person, kind: str = "registration") -> str:
    """Make a link and return the token of its address."""
    made = make_paper_link(shop_id=shop.pk, actor=owner, kind=kind)
    address, _, token = made.url.rpartition("/")
    assert address == f"{settings.TROCO_PUBLIC_URL}/u"
    return token


def is_over(token: str) -> bool:
    """Tell that a link shows nothing and takes nothing."""
    with pytest.raises(NotFound):
        paper_asked(token=token)
    with pytest.raises(NotFound):
        send_from_phone(token=token, name="a.pdf", file=io.BytesIO(PDF))
    return True


def acts(shop: Shop) -> list[tuple[str, str, Any]]:
    rows = AuditEntry.objects.filter(object_ref=shop.public_id, action__startswith="paper.")
    return list(rows.order_by("id").values_list("action", "actor_login", "after"))


def test_a_link_takes_one_paper_and_is_over(shop: Shop, owner: Person) -> None:
    token = ask(shop, owner)
    link = PaperLink.objects.get()
    assert token.encode() not in bytes(link.token_hash)
    assert link.expires_at - link.made_at == timedelta(minutes=15)
    assert paper_asked(token=token) == AskedPaper("Padaria do Zé", "registration")
    sent = send_from_phone(token=token, name="IMG_1.jpg", file=picture())
    assert (sent.kind, sent.name, sent.mime, sent.sent_by) == (
        "registration",
        "IMG_1.jpg",
        "image/jpeg",
        owner,
    )
    assert b"where it was taken" not in bytes(sent.content)
    assert is_over(token)
    link.refresh_from_db()
    assert (link.document, link.cancelled_at, link.tries) == (sent, None, 1)
    assert acts(shop) == [
        ("paper.asked_by_phone", owner.login, {"paper": "registration"}),
        ("paper.sent_by_phone", owner.login, {"paper": "registration"}),
    ]
    note = AuditEntry.objects.get(action="review.document_sent")
    assert note.after["way"] == "phone"


def test_another_link_and_a_word_cancel_the_one_before(shop: Shop, owner: Person) -> None:
    first, second = ask(shop, owner), ask(shop, owner, "owner")
    assert is_over(first)
    assert paper_asked(token=second).kind == "owner"
    stop_paper_link(shop_id=shop.pk, actor=owner)
    assert is_over(second)
    assert ReviewDocument.objects.count() == 0


def test_its_time_ends_it(shop: Shop, owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    token = ask(shop, owner)
    late = wall_now() + timedelta(minutes=15)
    monkeypatch.setattr(paper_links, "wall_now", lambda: late)
    assert is_over(token)


@pytest.mark.parametrize("how", ["removed", "made_manager", "signed_out", "shut_out", "decided"])
def test_it_ends_with_what_it_rests_on(shop: Shop, owner: Person, how: str) -> None:
    other = join("Ana").person
    add_member(shop_id=shop.pk, actor=owner, person=other, role=Role.OWNER)
    token = ask(shop, other)
    about: dict[str, Any] = {"shop_id": shop.pk, "actor": owner, "person_id": other.pk}
    if how == "removed":
        remove_member(**about)
    elif how == "made_manager":
        change_role(**about, role=Role.MANAGER)
        change_role(**about, role=Role.OWNER)
    elif how == "signed_out":
        end_other_sessions(person=other, session_key="this")
    elif how == "shut_out":
        Person.objects.filter(pk=other.pk).update(is_active=False)
    else:
        review = review_of(shop).public_id
        reject_review(staff=staff("Rita"), review_id=review, words="", reasons=["fraud_suspected"])
    assert is_over(token)
    assert ReviewDocument.objects.count() == 0


def test_only_an_owner_asks_while_a_review_is_under_way(shop: Shop, owner: Person) -> None:
    lia = join("Lia").person
    with pytest.raises(NotFound):
        ask(shop, lia)
    add_member(shop_id=shop.pk, actor=owner, person=lia, role=Role.MANAGER)
    with pytest.raises(NotFound):
        ask(shop, lia)
    with pytest.raises(InputInvalid):
        ask(shop, owner, "passport")
    review = review_of(shop).public_id
    reject_review(staff=staff("Rita"), review_id=review, words="", reasons=["fraud_suspected"])
    with pytest.raises(StateConflict):
        ask(shop, owner)
    assert PaperLink.objects.count() == 0


def test_ten_files_that_are_none_are_enough(shop: Shop, owner: Person) -> None:
    token, refused = ask(shop, owner), []
    for _ in range(10):
        assert paper_asked(token=token).kind == "registration"
        with pytest.raises(TrocoError) as caught:
            send_from_phone(token=token, name="", file=io.BytesIO(b"MZ"))
        refused.append(isinstance(caught.value, NotFound))
    assert refused == [False] * 10
    assert is_over(token)
    assert ReviewDocument.objects.count() == 0


def test_thirty_links_an_hour_are_enough_and_old_ones_go(shop: Shop, owner: Person) -> None:
    for _ in range(30):
        ask(shop, owner)
    with pytest.raises(StateConflict):
        ask(shop, owner)
    long_ago = wall_now() - timedelta(days=2)
    PaperLink.objects.update(made_at=long_ago, expires_at=long_ago + timedelta(minutes=5))
    ask(shop, owner)
    assert PaperLink.objects.count() == 1


def test_two_phones_at_once_bring_one_paper(shop: Shop, owner: Person) -> None:
    token, outcome = ask(shop, owner), []
    start = threading.Barrier(2)

    def send(colour: str) -> None:
        file = picture(colour)
        start.wait()
        try:
            outcome.append(send_from_phone(token=token, name="a.jpg", file=file).kind)
        except NotFound:
            outcome.append("over")
        finally:
            connection.close()

    both = [threading.Thread(target=send, args=(colour,)) for colour in ("red", "blue")]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(outcome) == ["over", "registration"]
    assert ReviewDocument.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"kind": "passport"}, "merchants_paperlink_kind_known"),
        ({"tries": 11}, "merchants_paperlink_tries_bounded"),
        ({"used_at": "made_at"}, "merchants_paperlink_used_brings_one"),
        ({"expires_at": "later"}, "merchants_paperlink_is_short"),
    ],
    ids=["kind", "tries", "used", "short"],
)
def test_the_table_holds(shop: Shop, owner: Person, change: dict[str, Any], name: str) -> None:
    ask(shop, owner)
    link = PaperLink.objects.get()
    moments = {"made_at": link.made_at, "later": link.made_at + timedelta(minutes=16)}
    facts = {key: moments.get(str(value), value) for key, value in change.items()}
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        PaperLink.objects.update(**facts)


def test_the_table_holds_one_open(shop: Shop, owner: Person) -> None:
    ask(shop, owner)
    ask(shop, owner)
    with pytest.raises(IntegrityError, match="merchants_paperlink_one_open"), transaction.atomic():
        PaperLink.objects.update(cancelled_at=None)
    with (
        pytest.raises(IntegrityError, match="merchants_paperlink_ends_one_way"),
        transaction.atomic(),
    ):
        PaperLink.objects.filter(cancelled_at__isnull=False).update(used_at=wall_now())
