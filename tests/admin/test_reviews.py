"""The reviewers' pages: every opening is noted, and what may follow is offered."""

import hashlib
from typing import Any

from merchants.models import ReviewDocument, ShopReview
from people.models import ApprovalRequest, AuditEntry
from tests.admin import people_rows, rows
from tests.admin.doors import enter, hire, inline_parts


def test_a_review_shows_what_is_known_and_notes_who_looked(marta: Any) -> None:
    review = rows.review()
    page = marta.get(f"/admin/merchants/shopreview/{review.pk}/change/")
    assert (page.status_code, inline_parts(page)) == (200, [])
    body = page.content.decode()
    for words in ("Legal name", "look at it", "none were sent", "high risk"):
        assert words in body
    for path in ("approve", "ask", "refuse", "next"):
        assert f"/admin/reviews/{review.public_id}/{path}" in body
    entry = AuditEntry.objects.order_by("-id")[0]
    assert (entry.action, entry.actor_login, entry.object_ref) == (
        "review.looked_at",
        "marta",
        review.public_id,
    )


def test_a_paper_is_seen_beside_what_is_known_and_its_opening_is_noted(marta: Any) -> None:
    review = rows.review()
    content = b"\x89PNG\r\n\x1a\n not really"
    paper = ReviewDocument.objects.create(
        public_id="doc_1",
        review=review,
        kind="owner",
        name="zé.png",
        mime="image/png",
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        sent_by=people_rows.person(),
        sent_at=people_rows.AT,
    )
    page = marta.get(f"/admin/merchants/shopreview/{review.pk}/change/").content.decode()
    assert "/admin/papers/doc_1" in page
    shown = marta.get("/admin/papers/doc_1")
    assert (shown.status_code, inline_parts(shown)) == (200, [])
    for words in ("Identity of an owner", "zé.png", "Legal name", "/admin/papers/doc_1/bytes"):
        assert words in shown.content.decode()
    assert not AuditEntry.objects.filter(action="review.document_opened").exists()
    taken = marta.get("/admin/papers/doc_1/bytes")
    assert (taken.content, taken["Content-Type"]) == (content, "image/png")
    assert taken["Content-Disposition"] == 'inline; filename="doc_1.png"'
    assert "sandbox" in taken["Content-Security-Policy"]
    entry = AuditEntry.objects.get(action="review.document_opened")
    assert (entry.actor_login, entry.after["document"]) == ("marta", paper.public_id)
    for path in ("/admin/papers/doc_2", "/admin/papers/doc_2/bytes"):
        assert marta.get(path).status_code == 404


def test_who_reviews_no_shops_opens_no_paper(db: None) -> None:
    hire("otto", "settlement")
    client = enter("otto")
    assert client.get("/admin/papers/doc_1").status_code == 403
    assert client.get("/admin/papers/doc_1/bytes").status_code == 403


def test_who_decides_looked_as_well(marta: Any) -> None:
    review = rows.review()
    for path in ("approve", "ask", "refuse"):
        assert marta.get(f"/admin/reviews/{review.public_id}/{path}").status_code == 200
    looked = AuditEntry.objects.filter(action="review.looked_at", object_ref=review.public_id)
    assert looked.count() == 3


def test_a_shop_is_refused_with_reasons_of_the_list(marta: Any) -> None:
    review = rows.review()
    path = f"/admin/reviews/{review.public_id}/refuse"
    assert marta.post(path, {"words": "No"}).status_code == 422
    assert marta.post(path, {"reasons": ["kings"], "words": "No"}).status_code == 422
    assert marta.post(path, {"reasons": ["account_differs"], "words": "No"}).status_code == 302
    review.refresh_from_db()
    assert (review.state, review.reasons) == ("rejected", ["account_differs"])
    assert marta.post(path, {"reasons": ["account_differs"]}).status_code == 409


def test_two_reviewers_approve_a_high_risk(marta: Any, otto: Any) -> None:
    review = rows.review()
    path = f"/admin/reviews/{review.public_id}/approve"
    assert marta.post(path, {"risk": "low", "reason": "It fits"}).status_code == 302
    asked = ApprovalRequest.objects.get()
    second = f"/admin/approvals/{asked.public_id}/approve"
    assert marta.post(second, {"reason": "Mine"}).status_code == 403
    assert otto.post(second, {"reason": "Yes"}).status_code == 302
    review.refresh_from_db()
    assert (review.state, str(review.decided_by), str(review.checked_by)) == (
        "approved",
        "marta",
        "otto",
    )


def test_the_next_one_is_the_oldest_that_waits(marta: Any) -> None:
    first, second = rows.review(), rows.review()
    step = marta.get(f"/admin/reviews/{first.public_id}/next")
    assert step.headers["Location"] == f"/admin/merchants/shopreview/{second.pk}/change/"
    ShopReview.objects.update(state="approved", decided_by=None, risk="low")
    step = marta.get(f"/admin/reviews/{first.public_id}/next")
    assert step.headers["Location"] == "/admin/merchants/shopreview/"


def test_reviews_are_the_reviewers_(db: None) -> None:
    review = rows.review()
    hire("clara", "settlement")
    clara = enter("clara")
    for path in ("approve", "ask", "refuse"):
        address = f"/admin/reviews/{review.public_id}/{path}"
        assert (clara.get(address).status_code, clara.post(address, {}).status_code) == (403, 403)
    assert clara.get(f"/admin/merchants/shopreview/{review.pk}/change/").status_code == 403
    assert AuditEntry.objects.filter(action="review.looked_at").count() == 0
