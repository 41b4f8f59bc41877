"""Staff refund and decide, through the pages they have: two people above the threshold."""

from typing import Any

import pytest

from core.admin import amount
from payments.models import Dispute, Refund
from people.models import AuditEntry, Party
from tests.admin.doors import enter, hire
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import (
    Someone,
    new_business,
    new_payer,
    prove_the_books,
    raise_limits,
    work,
)
from tests.payments.conftest import bank_process, brazil, simulator
from tests.payments.dispute_cast import NOT_ME, dispute
from tests.payments.settlement_cast import sell

__all__ = ["bank_process", "brazil", "simulator"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def ana(brazil: Simulator) -> Someone:
    return new_payer(brazil, "Ana")


@pytest.fixture
def padaria(brazil: Simulator) -> Party:
    return new_business(brazil)


def acts() -> list[tuple[str, str]]:
    rows = AuditEntry.objects.filter(action__regex="^(refund|dispute)").order_by("id")
    return list(rows.values_list("action", "actor_login"))


def test_a_large_refund_takes_two(ana: Someone, padaria: Party, marta: Any, otto: Any) -> None:
    raise_limits()
    payment = sell(padaria, ana, 900_00)
    path = f"/admin/payments/{payment}/refund"
    assert 'value="900.00"' in marta.get(path).content.decode()
    form = {"amount": "600.00", "ground": "damaged", "reason": "Agreed", "key": "k1"}
    assert marta.post(path, form | {"amount": "900.01"}).status_code == 422
    assert marta.post(path, form | {"reason": ""}).status_code == 422
    assert Refund.objects.count() == 0
    assert marta.post(path, form).status_code == 302
    refund = Refund.objects.get()
    approve = f"/admin/refunds/{refund.public_id}/approve"
    page = marta.get(f"/admin/payments/refund/{refund.pk}/change/").content.decode()
    assert approve in page
    assert "1" in marta.get("/admin/").content.decode()
    assert marta.post(approve, {"reason": "Me"}).status_code == 409
    assert otto.post(approve, {"reason": "Seen"}).status_code == 302
    assert otto.post(approve, {"reason": "Seen"}).status_code == 409
    work()
    refund.refresh_from_db()
    assert refund.state == "completed"
    assert acts() == [("refund.asked", "marta"), ("refund.approved", "otto")]
    prove_the_books()


def test_a_waiting_refund_is_declined(ana: Someone, padaria: Party, marta: Any) -> None:
    raise_limits()
    payment = sell(padaria, ana, 900_00)
    form = {"amount": "600.00", "ground": "other", "reason": "Agreed", "key": "k1"}
    marta.post(f"/admin/payments/{payment}/refund", form)
    refund = Refund.objects.get()
    decline = f"/admin/refunds/{refund.public_id}/decline"
    assert marta.post(decline, {"reason": "A mistake"}).status_code == 302
    refund.refresh_from_db()
    assert refund.state == "declined"
    assert marta.get("/admin/refunds/rfn_nobody/decline").status_code == 404
    prove_the_books()


def test_a_dispute_is_decided_by_two(ana: Someone, padaria: Party, marta: Any, otto: Any) -> None:
    raise_limits()
    opened = dispute(ana, sell(padaria, ana, 900_00), **NOT_ME)
    path = f"/admin/disputes/{opened['id']}/decide"
    row = Dispute.objects.get()
    page = marta.get(f"/admin/payments/dispute/{row.pk}/change/").content.decode()
    assert path in page
    shown = marta.get(path).content.decode()
    whole, net, fee = (amount(minor, "BRL") for minor in (900_00, 882_09, 17_91))
    for words in (
        "I did not pay this.",
        f"{whole} goes back: {net} that is held and {fee} of the fee.",
        f"{net} is let go, back to where it was taken from.",
    ):
        assert words in shown
    assert marta.post(path, {"outcome": "maybe", "reason": "x"}).status_code == 422
    assert marta.post(path, {"outcome": "lost", "reason": "Stolen phone"}).status_code == 302
    assert marta.post(path, {"outcome": "lost", "reason": "Stolen phone"}).status_code == 409
    assert otto.post(path, {"outcome": "lost", "reason": "I agree"}).status_code == 302
    work()
    row.refresh_from_db()
    assert (row.state, row.held_minor) == ("lost", 0)
    assert acts() == [("dispute.proposed", "marta"), ("dispute.lost", "otto")]
    assert otto.post(path, {"outcome": "won", "reason": "x"}).status_code == 409
    prove_the_books()


@pytest.mark.parametrize(
    ("group", "refunds", "approves", "decides"),
    [
        ("settlement", 200, 200, 200),
        ("support", 200, 403, 200),
        ("audit", 403, 403, 403),
        ("countries", 403, 403, 403),
    ],
)
def test_who_may(
    ana: Someone, padaria: Party, group: str, refunds: int, approves: int, decides: int
) -> None:
    raise_limits()
    payment = sell(padaria, ana, 900_00)
    hire("boss", is_superuser=True)
    form = {"amount": "600.00", "ground": "other", "reason": "Agreed", "key": "k1"}
    enter("boss").post(f"/admin/payments/{payment}/refund", form)
    other = dispute(ana, sell(padaria, ana, 10_00), **NOT_ME)["id"]
    hire("nina", group)
    nina = enter("nina")
    refund = Refund.objects.get().public_id
    assert nina.get(f"/admin/payments/{payment}/refund").status_code == refunds
    assert nina.get(f"/admin/refunds/{refund}/approve").status_code == approves
    assert nina.get(f"/admin/disputes/{other}/decide").status_code == decides
