"""The owner sends papers to the reviewers; the cashier does not, and nobody else reads them."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from merchants.models import ReviewDocument, Shop
from tests.portal import cast

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture
def ze(db: None) -> tuple[cast.Clerk, Shop]:
    """An owner whose shop is being reviewed."""
    cast.plan_brazil()
    return cast.owner_of("Zé", "Padaria do Zé")


def paper(content: bytes = PDF, name: str = "contrato.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_a_paper_is_sent_and_listed(ze: tuple[cast.Clerk, Shop]) -> None:
    owner, _ = ze
    assert "None were sent yet" in owner.body("/review")
    answer = owner.post("/review/papers", kind="registration", file=paper())
    assert (answer.status_code, answer["Location"]) == (303, "/portal/review")
    page = owner.body("/review")
    assert "Your paper is with the reviewers." in page
    assert "Registration of the business: contrato.pdf" in page
    kept = ReviewDocument.objects.get()
    assert (bytes(kept.content), kept.sent_by) == (PDF, owner.person)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"kind": "registration", "file": paper(b"MZ", "a.pdf")}, "file"),
        ({"kind": "passport", "file": paper()}, "kind"),
        ({"kind": "registration"}, "file"),
    ],
)
def test_what_is_no_paper_is_told_at_its_field(
    ze: tuple[cast.Clerk, Shop], fields: dict[str, Any], words: str
) -> None:
    answer = ze[0].post("/review/papers", **fields)
    assert answer.status_code == 422
    assert set(answer.context["paper_form"].errors) == {words}
    assert ReviewDocument.objects.count() == 0


def test_a_cashier_sends_none(ze: tuple[cast.Clerk, Shop]) -> None:
    cashier = cast.cashier_of(ze[1])
    assert cashier.post("/review/papers", kind="owner", file=paper()).status_code == 403
    assert ReviewDocument.objects.count() == 0
    assert "review/papers" not in cashier.body("/review")
