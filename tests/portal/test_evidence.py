"""Papers of an answer to a dispute: added, looked over, handed in once, read by those who may."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from core.errors import NotFound
from merchants.enums import Role
from merchants.models import DisputePaper, Shop
from merchants.services.dispute_papers import add_dispute_paper, open_dispute_paper
from payments.models import Dispute
from payments.services.disputes import answer_dispute
from people.models import AuditEntry
from tests.admin.doors import enter, hire
from tests.merchants import cast as consumers
from tests.payments.cast import Someone, new_payer, new_staff
from tests.payments.dispute_cast import dispute
from tests.payments.settlement_cast import sell
from tests.portal import cast

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture
def counter(brazil: Any) -> tuple[cast.Clerk, Shop]:
    """Zé at his portal, and a bakery that is paid out to."""
    person = cast.hire("Zé")
    shop = consumers.new_paid_shop(brazil, person)
    return cast.signed_in(person), shop


@pytest.fixture
def ana(brazil: Any) -> Someone:
    return new_payer(brazil, "Ana")


@pytest.fixture
def opened(ana: Someone, shop: Shop) -> str:
    """Ana says that nothing came."""
    found: str = dispute(ana, sell(shop.party, ana, 80_00))["id"]
    return found


def paper(content: bytes = PDF, name: str = "recibo.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def send(clerk: cast.Clerk, opened: str, **fields: Any) -> Any:
    facts = {"file": paper(), "shows": "Signed at the door"} | fields
    return clerk.post(f"/evidence/{opened}", **facts)


def test_a_paper_is_added_looked_over_and_handed_in_once(
    owner: cast.Clerk, cashier: cast.Clerk, ana: Someone, opened: str
) -> None:
    path = f"/disputes/{opened}"
    assert "None yet" in owner.body(path)
    assert send(owner, opened).status_code == 303
    assert send(owner, opened).status_code == 303
    kept = DisputePaper.objects.get()
    assert (bytes(kept.content), kept.shows, kept.handed_in_at) == (
        PDF,
        "Signed at the door",
        None,
    )
    seen = owner.post(path, text="Sent at nine.", evidence="BR123", verb="preview")
    assert seen["Location"] == f"/portal{path}?preview=yes"
    preview = owner.body(path, preview="yes")
    for words in ("Sent at nine.", "BR123", "recibo.pdf", "Submit for good"):
        assert words in preview
    assert Dispute.objects.get().state == "evidence_due"
    owner.post(path, text="Sent at nine.", evidence="BR123", verb="submit")
    kept.refresh_from_db()
    assert kept.handed_in_at == Dispute.objects.get().answer.submitted_at
    assert "recibo.pdf" in cashier.body(path)
    got: Any = cashier.get(f"{path}/papers/{kept.public_id}")
    assert (got.content, got["Content-Type"]) == (PDF, "application/pdf")
    assert got["Content-Disposition"] == f'attachment; filename="{kept.public_id}.pdf"'
    assert got["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert send(owner, opened, file=paper(PDF + b"\n")).status_code == 422
    owner.post(f"{path}/papers/{kept.public_id}")
    assert DisputePaper.objects.count() == 1
    assert "recibo" not in str(ana.get(f"/v1/disputes/{opened}").json())


def test_a_drafts_paper_is_taken_out_again(owner: cast.Clerk, opened: str) -> None:
    send(owner, opened)
    found = DisputePaper.objects.get()
    assert owner.post(f"/disputes/{opened}/papers/{found.public_id}").status_code == 303
    assert DisputePaper.objects.count() == 0
    actions = AuditEntry.objects.filter(object_ref=opened, action__startswith="dispute.paper")
    assert list(actions.order_by("id").values_list("action", flat=True)) == [
        "dispute.paper_added",
        "dispute.paper_removed",
    ]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"file": paper(b"MZ nothing", "a.exe")}, "Send a PDF"),
        ({"file": paper(b"%PDF-1.7 " + b"x" * 5_000_000)}, "at most 5 MB"),
        ({"file": ""}, "required"),
        ({"shows": "x" * 141}, "at most 140"),
    ],
    ids=("a program", "too large", "no file", "too many words"),
)
def test_what_is_no_paper_is_told(
    owner: cast.Clerk, opened: str, fields: dict[str, Any], words: str
) -> None:
    refused = send(owner, opened, **fields)
    assert (refused.status_code, DisputePaper.objects.count()) == (422, 0)
    assert words in str(refused.context["paper_form"].errors)


def test_ten_papers_are_enough(owner: cast.Clerk, opened: str) -> None:
    for number in range(10):
        another = PDF.replace(b"1 0 obj", b"%d 0 obj" % (number + 2))
        assert send(owner, opened, file=paper(another)).status_code == 303
    refused = send(owner, opened)
    assert (refused.status_code, DisputePaper.objects.count()) == (422, 10)


def test_nobody_else_reads_or_sends(shop: Shop, owner: cast.Clerk, opened: str) -> None:
    send(owner, opened)
    found = DisputePaper.objects.get()
    path = f"/disputes/{opened}/papers/{found.public_id}"
    carla = cast.owner_of("Carla", "Quitanda da Carla")[0]
    assert (carla.get(path).status_code, carla.post(path).status_code) == (404, 404)
    assert send(carla, opened).status_code == 404
    for role in (Role.SUPPORT, Role.ACCOUNTANT):
        assert cast.member_of(shop, role).get(path).status_code == 403
    outside: Any = Client().get(f"/portal{path}")
    assert outside.status_code == 302
    assert DisputePaper.objects.count() == 1


def test_staff_see_a_paper_where_they_decide_once_it_is_handed_in(
    owner: cast.Clerk, opened: str
) -> None:
    send(owner, opened)
    hire("marta", is_superuser=True)
    marta = enter("marta")
    case = f"/admin/payments/dispute/{Dispute.objects.get().pk}/change/"
    opens = reverse("staff-evidence", args=[DisputePaper.objects.get().public_id])
    assert opens not in marta.get(case).content.decode()
    assert marta.get(opens).status_code == 404
    owner.post(f"/disputes/{opened}", text="Sent.", evidence="", verb="submit")
    seen = marta.get(case).content.decode()
    assert (opens in seen, "recibo.pdf: Signed at the door" in seen) == (True, True)
    assert marta.get(opens).content == PDF
    assert AuditEntry.objects.get(action="dispute.paper_opened").actor_login == "marta"


def test_staff_open_what_was_handed_in_and_it_is_noted(owner: cast.Clerk, opened: str) -> None:
    send(owner, opened)
    found, otto = DisputePaper.objects.get(), new_staff("otto")
    with pytest.raises(NotFound):
        open_dispute_paper(staff=otto, paper_id=found.public_id)
    owner.post(f"/disputes/{opened}", text="Sent.", evidence="", verb="submit")
    assert bytes(open_dispute_paper(staff=otto, paper_id=found.public_id).content) == PDF
    noted = AuditEntry.objects.get(action="dispute.paper_opened")
    assert (noted.object_ref, noted.after["paper"]) == (opened, found.public_id)
    for change in ({"name": "other.pdf"}, {"handed_in_at": None}):
        with pytest.raises(DatabaseError), transaction.atomic():
            DisputePaper.objects.update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        DisputePaper.objects.all().delete()


@pytest.mark.django_db(transaction=True)
def test_a_paper_beside_the_submission_is_in_it_or_refused(
    brazil: Any, in_threads: Any, names_of: Any
) -> None:
    boss = cast.hire("Zé")
    shop = consumers.new_paid_shop(brazil, boss)
    ana = new_payer(brazil, "Ana")
    opened = dispute(ana, sell(shop.party, ana, 80_00))["id"]

    def add() -> Any:
        return add_dispute_paper(
            shop_id=shop.pk,
            actor=boss,
            dispute_id=opened,
            name="a.pdf",
            shows="",
            file=io.BytesIO(PDF),
        )

    def submit() -> Any:
        return answer_dispute(
            person=boss,
            party_id=shop.party_id,
            dispute_id=opened,
            text="Sent.",
            evidence=[],
            submit=True,
        )

    told = in_threads(add, submit)
    assert names_of(told) in (["ok", "ok"], ["StateConflict", "ok"])
    assert not DisputePaper.objects.filter(handed_in_at__isnull=True).exists()
