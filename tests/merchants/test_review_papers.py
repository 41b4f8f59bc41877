"""Papers for the reviewers: taken in as what they are, opened by reviewers only, and noted."""

import io
from typing import Any

import pytest
from django.db import DatabaseError, transaction
from PIL import Image

from core.errors import InputInvalid, NotFound, StateConflict, TextInvalid, TrocoError
from merchants.models import ReviewDocument, Shop, ShopReview
from merchants.queries.reviews import papers_of
from merchants.services.review_documents import (
    LARGEST_BYTES,
    MOST_DOCUMENTS,
    open_document,
    send_document,
)
from merchants.services.reviews import reject_review
from people.models import AuditEntry, Person
from people.services.approvals import decide_approval
from tests.merchants.cast import new_shop
from tests.merchants.test_reviews import approve, known_owner, review_of, staff

pytestmark = pytest.mark.django_db(transaction=True)
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture
def owner(db: None) -> Person:
    return known_owner()  # type: ignore[no-any-return]


@pytest.fixture
def shop(owner: Person) -> Shop:
    return new_shop(owner)


def picture(colour: str = "red") -> io.BytesIO:
    """A JPEG with something in it that is no pixel."""
    made = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(made, "JPEG", comment=b"where it was taken")
    return made


def send(shop: Shop, owner: Person, file: Any, **more: str) -> ReviewDocument:
    said = {"kind": "registration", "name": "contrato", **more}
    return send_document(shop_id=shop.pk, actor=owner, file=file, **said)


def test_a_pdf_is_kept_as_it_is_and_a_picture_is_written_anew(shop: Shop, owner: Person) -> None:
    paper = send(shop, owner, io.BytesIO(PDF))
    shown = send(shop, owner, picture(), kind="owner", name="zé.png")
    assert (paper.name, paper.mime, bytes(paper.content)) == (
        "contrato.pdf",
        "application/pdf",
        PDF,
    )
    assert (shown.name, shown.mime) == ("zé.png.jpg", "image/jpeg")
    assert b"where it was taken" not in bytes(shown.content)
    assert [each.kind for each in papers_of(shop.pk)] == ["registration", "owner"]
    assert send(shop, owner, io.BytesIO(PDF)).pk == paper.pk  # The same paper is there already.
    sent = AuditEntry.objects.filter(action="review.document_sent")
    assert [entry.actor_login for entry in sent] == [owner.login] * 2


@pytest.mark.parametrize(
    ("content", "more"),
    [
        (b"<html>", {}),
        (b"MZ\x90\x00", {}),
        (b"plain words", {}),
        (b"%PDF-1.7 cut off", {}),
        (b"", {}),
        (PDF + b" " * LARGEST_BYTES, {}),
        (PDF, {"kind": "passport"}),
        (PDF, {"name": " "}),
        (PDF, {"name": "a\x00b"}),
    ],
)
def test_what_is_no_paper_is_refused_and_nothing_is_kept(
    shop: Shop, owner: Person, content: bytes, more: dict[str, str]
) -> None:
    with pytest.raises((InputInvalid, TextInvalid, TrocoError)) as refused:
        send(shop, owner, io.BytesIO(content), **more)
    assert refused.value.http_status in {400, 422}
    assert ReviewDocument.objects.count() == 0


def test_ten_are_enough_and_a_decided_review_takes_none(shop: Shop, owner: Person) -> None:
    for number in range(MOST_DOCUMENTS):
        send(shop, owner, io.BytesIO(PDF + str(number).encode() + b"%%EOF"))
    with pytest.raises(StateConflict):
        send(shop, owner, io.BytesIO(PDF))
    reject_review(
        staff=staff("marta"),
        review_id=review_of(shop).public_id,
        reasons=["owner_unclear"],
        words="",
    )
    with pytest.raises(StateConflict):
        send(shop, owner, picture())


def test_who_opens_a_paper_is_in_the_trail(shop: Shop, owner: Person) -> None:
    paper = send(shop, owner, io.BytesIO(PDF))
    opened = open_document(staff=staff("marta"), document_id=paper.public_id)
    assert bytes(opened.content) == PDF
    entry = AuditEntry.objects.order_by("-id")[0]
    assert (entry.action, entry.object_ref, entry.actor_login, entry.after["document"]) == (
        "review.document_opened",
        review_of(shop).public_id,
        "marta",
        paper.public_id,
    )
    with pytest.raises(NotFound):
        open_document(staff=staff("otto"), document_id="doc_none")


def test_a_paper_that_came_later_was_not_agreed_to(shop: Shop, owner: Person) -> None:
    marta, otto = staff("marta"), staff("otto")
    asked = approve(review_of(shop), marta, risk="high")
    send(shop, owner, io.BytesIO(PDF))
    with pytest.raises(StateConflict):
        decide_approval(checker=otto, approval_id=asked.public_id, approve=True, reason="Yes")
    assert ShopReview.objects.get().state == "open"


def test_a_paper_never_changes(shop: Shop, owner: Person) -> None:
    send(shop, owner, io.BytesIO(PDF))
    for change in (
        lambda: ReviewDocument.objects.update(name="other"),
        ReviewDocument.objects.all().delete,
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
