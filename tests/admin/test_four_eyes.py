"""Four eyes, for every act that takes two: not alone, not twice, not when the thing has changed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from config.approvals import APPROVALS
from merchants.models import ShopReview
from payments.models import (
    Dispute,
    HoldLift,
    LimitDecision,
    LimitRule,
    Payment,
    Refund,
    RegulatorHold,
    SettlementBatch,
    StatementLine,
)
from people.models import ApprovalRequest, Identity, Person
from tests.admin import bank_rows, people_rows, rows
from tests.admin.doors import hire
from tests.admin.test_limits import limit_of_brazil
from tests.admin.test_line_acts import suspended
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import Someone, new_business, new_payer, prove_the_books, raise_limits
from tests.payments.conftest import bank_process, brazil, simulator
from tests.payments.dispute_cast import NOT_ME, dispute
from tests.payments.settlement_cast import sell

__all__ = ["bank_process", "brazil", "simulator"]

WHY = {"reason": "It fits"}


@dataclass(frozen=True)
class Kind:
    """One act: how Marta asks for it, what may change meanwhile, and whether it was done."""

    ask: Callable[[Any], Any]
    change: Callable[[], Any]
    is_done: Callable[[], bool]


def _ask_groups(marta: Any) -> Any:
    clara = hire("clara", "support")
    return marta.post(f"/admin/people/{clara.pk}/groups", {"groups": ["countries"], **WHY})


def _ask_review(marta: Any) -> Any:
    path = f"/admin/reviews/{rows.review().public_id}/approve"
    return marta.post(path, {"risk": "high", **WHY})


def _ask_write_off(marta: Any) -> Any:
    path = f"/admin/lines/{suspended().pk}/write-off"
    return marta.post(path, {"booked_to": "write_offs", **WHY})


def _ask_return(marta: Any) -> Any:
    return marta.post(f"/admin/lines/{suspended().pk}/return", WHY)


def _ask_limit(marta: Any) -> Any:
    limit_of_brazil()
    party = people_rows.party()
    path = f"/admin/parties/{party.public_id}/limits/purchase/per_purchase/set"
    return marta.post(path, {"limit": "1.00", "days": "1", "why": "safety", **WHY})


def _other_owner() -> None:
    party = ShopReview.objects.get().shop.party
    Identity.objects.create(
        party=party,
        legal_name="Other Ltda",
        tax_id="11222333000181",
        country="BR",
        tier="basic",
        verified_at=people_rows.AT,
    )


KINDS = {
    "staff.groups": Kind(
        _ask_groups,
        lambda: Person.groups.through.objects.all().delete(),
        lambda: Person.objects.filter(login="clara", groups__name="countries").exists(),
    ),
    "shop.approve": Kind(
        _ask_review,
        _other_owner,
        lambda: ShopReview.objects.filter(state="approved").exists(),
    ),
    "line.part": Kind(
        _ask_write_off,
        lambda: StatementLine.objects.update(note="The bank called"),
        lambda: StatementLine.objects.filter(state="resolved").exists(),
    ),
    "line.return": Kind(
        _ask_return,
        lambda: StatementLine.objects.update(note="The bank called"),
        lambda: StatementLine.objects.filter(going_back_since__isnull=False).exists(),
    ),
    "limit.decide": Kind(
        _ask_limit,
        lambda: LimitRule.objects.filter(name="per_purchase").update(value=1),
        LimitDecision.objects.exists,
    ),
}


def test_every_act_that_takes_two_is_among_these() -> None:
    assert set(KINDS) == set(APPROVALS)


@pytest.mark.parametrize("name", KINDS)
def test_whoever_asked_decides_nothing_and_a_colleague_once(
    marta: Any, otto: Any, name: str
) -> None:
    kind = KINDS[name]
    assert kind.ask(marta).status_code == 302
    path = f"/admin/approvals/{ApprovalRequest.objects.get().public_id}/approve"
    assert (marta.post(path, WHY).status_code, kind.is_done()) == (403, False)
    assert (otto.post(path, WHY).status_code, kind.is_done()) == (302, True)
    assert [client.post(path, WHY).status_code for client in (otto, marta)] == [409, 403]
    asked = ApprovalRequest.objects.get()
    assert (asked.state, asked.maker.login, str(asked.checker)) == ("executed", "marta", "otto")


@pytest.mark.parametrize("name", KINDS)
def test_what_changed_meanwhile_is_left_alone(marta: Any, otto: Any, name: str) -> None:
    kind = KINDS[name]
    assert kind.ask(marta).status_code == 302
    kind.change()
    path = f"/admin/approvals/{ApprovalRequest.objects.get().public_id}/approve"
    answer = otto.post(path, WHY)
    assert (answer.status_code, kind.is_done()) == (409, False)
    assert "The thing has changed since this was asked" in answer.content.decode()
    assert ApprovalRequest.objects.get().state == "stale"
    assert otto.post(path, WHY).status_code == 409
    assert not kind.is_done()


def test_a_hold_is_lifted_once_and_by_two(marta: Any, otto: Any) -> None:
    path = f"/admin/holds/{bank_rows.hold().public_id}/lift"
    assert [marta.post(path, WHY).status_code for _ in range(2)] == [302, 409]
    assert RegulatorHold.objects.get().lifted_at is None
    assert [otto.post(path, WHY).status_code for _ in range(2)] == [302, 409]
    assert HoldLift.objects.count() == 2


def test_a_batch_that_moved_on_or_is_one_s_own_is_not_approved(marta: Any, otto: Any) -> None:
    path = f"/admin/batches/{bank_rows.batch().public_id}/approve"
    SettlementBatch.objects.update(prepared_by=Person.objects.get(login="marta"))
    assert marta.post(path).status_code == 409
    with pytest.raises(IntegrityError), transaction.atomic():
        SettlementBatch.objects.update(
            approved_by=Person.objects.get(login="marta"), approved_at=people_rows.AT
        )
    SettlementBatch.objects.update(state="skipped")
    assert otto.post(path).status_code == 409
    assert SettlementBatch.objects.get().approved_by is None
    SettlementBatch.objects.update(state="claimed")
    assert [otto.post(path).status_code for _ in range(2)] == [302, 409]


@pytest.fixture
def ana(brazil: Simulator) -> Someone:
    raise_limits()
    return new_payer(brazil, "Ana")


def test_a_refund_is_approved_once_by_another_and_not_when_disputed(
    brazil: Simulator, ana: Someone, marta: Any, otto: Any
) -> None:
    shop = new_business(brazil)
    paths = []
    for key in ("k1", "k2"):
        payment = sell(shop, ana, 900_00)
        form = {"amount": "600.00", "ground": "other", "key": key, **WHY}
        assert marta.post(f"/admin/payments/{payment}/refund", form).status_code == 302
        refund = Refund.objects.order_by("-id")[0]
        paths.append(f"/admin/refunds/{refund.public_id}/approve")
    assert marta.post(paths[0], WHY).status_code == 409
    assert [otto.post(paths[0], WHY).status_code for _ in range(2)] == [302, 409]
    dispute(ana, Payment.objects.order_by("-id")[0].public_id, **NOT_ME)
    assert otto.post(paths[1], WHY).status_code == 409
    assert Refund.objects.order_by("-id")[0].approved_by is None
    prove_the_books()


def test_a_large_dispute_is_decided_once_and_only_as_proposed(
    brazil: Simulator, ana: Someone, marta: Any, otto: Any
) -> None:
    opened = dispute(ana, sell(new_business(brazil), ana, 900_00), **NOT_ME)
    path = f"/admin/disputes/{opened['id']}/decide"
    lost, won = {"outcome": "lost", **WHY}, {"outcome": "won", **WHY}
    assert [marta.post(path, lost).status_code for _ in range(2)] == [302, 409]
    assert Dispute.objects.get().decided_by is None
    otto.post(path, won)
    assert Dispute.objects.get().decided_by is None
    assert marta.post(path, won).status_code == 302
    assert Dispute.objects.get().state == "won"
    assert otto.post(path, won).status_code == 409
    prove_the_books()
