"""A refund over its asker's limit: asked for, decided by another, taken back, over by itself."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from core.clock import business_now
from core.money import Money
from merchants.enums import NewsKind, Role
from merchants.models import RefundProposal, Shop
from merchants.queries.push_words import push_text
from merchants.queries.refund_proposals import people_told_of
from merchants.services.refund_proposals import (
    approve_proposal,
    expire_due_proposals,
    propose_refund,
    withdraw_proposal,
)
from merchants.services.refunds import refund_sale
from merchants.services.team import add_member
from messaging.models import FeedRow
from payments.models import Refund
from payments.services.refunds import RefundWish
from people.models import AuditEntry
from tests.merchants import cast as consumers
from tests.payments.cast import new_payer, prove_the_books, work
from tests.payments.settlement_cast import sell
from tests.portal import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def counter(brazil: Any) -> tuple[cast.Clerk, Shop]:
    """Zé at his portal, and a bakery that is paid out to."""
    person = cast.hire("Zé")
    shop = consumers.new_paid_shop(brazil, person)
    return cast.signed_in(person), shop


@pytest.fixture
def payment(brazil: Any, shop: Shop) -> str:
    """Ana has bought for R$ 80; a cashier gives back R$ 50 of it."""
    return sell(shop.party, new_payer(brazil, "Ana"), 80_00)


def ask(clerk: cast.Clerk, payment: str, **fields: Any) -> Any:
    facts = {"amount": "80,00", "reason": "damaged", "note": "Burnt", "key": "k1", "code": ""}
    return clerk.post(f"/payments/{payment}/refund", verb="ask", **(facts | fields))


def asked(clerk: cast.Clerk, payment: str, **fields: Any) -> str:
    """Ask, and return where the proposal is."""
    answer = ask(clerk, payment, **fields)
    assert answer.status_code == 303, answer.content.decode()
    return str(answer["Location"]).removeprefix("/portal")


def decide(clerk: cast.Clerk, path: str, verb: str, **fields: Any) -> Any:
    if verb == "approve":
        fields.setdefault("code", cast.code_of(clerk.person))
    return clerk.post(path, verb=verb, **fields)


def acts() -> list[str]:
    rows = AuditEntry.objects.filter(action__startswith="refund.propos").order_by("id")
    return list(rows.values_list("action", flat=True))


def test_a_cashier_asks_and_the_owner_gives_it_back(
    owner: cast.Clerk, cashier: cast.Clerk, payment: str
) -> None:
    assert "Ask for it" in cashier.body(f"/payments/{payment}/refund")
    assert "Ask for it" not in owner.body(f"/payments/{payment}/refund")
    path = asked(cashier, payment)
    assert "Take it back" in cashier.body(path)
    assert Refund.objects.count() == 0
    page = owner.get("/").context
    assert page["todo"][0]["title"] == "1 refund waits for your yes"
    assert page["todo"][0]["href"] == f"/portal{path}"
    assert "R$80.00" in page["todo"][0]["detail"]
    assert "Lia asks for a refund" in owner.body("/notifications")
    assert f'href="/portal{path}"' in owner.body(f"/payments/{payment}")
    approved = decide(owner, path, "approve")
    assert (approved.status_code, approved["Location"]) == (303, f"/portal/payments/{payment}")
    work()
    refund = Refund.objects.get()
    assert (refund.amount_minor, refund.note, refund.state) == (80_00, "Burnt", "completed")
    assert refund.asked_by_id == owner.person.pk
    proposal = RefundProposal.objects.get()
    assert (proposal.state, proposal.refund_ref) == ("approved", refund.public_id)
    assert owner.get("/").context["todo"] == []
    assert "Your refund was approved" in cashier.body("/notifications")
    assert acts() == ["refund.proposed", "refund.proposal_approved"]
    assert "Approved a colleague&#x27;s refund" in owner.body("/team/activity")
    prove_the_books()


def test_declined_with_a_reason_and_asked_for_again(
    owner: cast.Clerk, cashier: cast.Clerk, payment: str
) -> None:
    path = asked(cashier, payment)
    empty = decide(owner, path, "decline", answer=" ")
    assert (empty.status_code, RefundProposal.objects.get().state) == (422, "open")
    assert decide(owner, path, "decline", answer="Offer a new one first").status_code == 303
    assert "Offer a new one first" in cashier.body(path)
    assert "Your refund was declined" in cashier.body("/notifications")
    late = decide(owner, path, "approve")
    assert (late.status_code, Refund.objects.count()) == (422, 0)
    assert "decided meanwhile" in late.content.decode()
    assert asked(cashier, payment, key="k2") != path


def test_the_asker_takes_it_back_and_nobody_else_does(
    owner: cast.Clerk, cashier: cast.Clerk, payment: str
) -> None:
    path = asked(cashier, payment)
    decide(owner, path, "withdraw")
    assert RefundProposal.objects.get().state == "open"
    assert decide(cashier, path, "withdraw").status_code == 303
    assert RefundProposal.objects.get().state == "withdrawn"
    assert decide(owner, path, "approve").status_code == 422
    assert Refund.objects.count() == 0


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"amount": "50,00"}, "Your role may give this back itself"),
        ({"amount": "80,01"}, "more than is left"),
        ({"amount": "12,3456"}, "Write the amount like"),
        ({"reason": "because"}, "Select a valid choice"),
        ({"note": "x" * 141}, "at most 140"),
    ],
)
def test_what_cannot_be_asked_for_is_said(
    cashier: cast.Clerk, payment: str, wrong: dict[str, str], words: str
) -> None:
    refused = ask(cashier, payment, **wrong)
    assert (refused.status_code, RefundProposal.objects.count()) == (422, 0)
    assert words in refused.content.decode()


def test_one_waits_for_a_payment_and_a_form_sent_twice_is_one(
    cashier: cast.Clerk, payment: str
) -> None:
    assert asked(cashier, payment) == asked(cashier, payment)
    second = ask(cashier, payment, key="k2")
    assert (second.status_code, RefundProposal.objects.count()) == (422, 1)
    assert "It waits" in second.content.decode()


def test_who_asked_does_not_approve_even_as_an_owner(
    shop: Shop, cashier: cast.Clerk, payment: str
) -> None:
    path = asked(cashier, payment)
    assert "Give back R$80.00" not in cashier.body(path)
    shop.members.filter(person=cashier.person).update(role=Role.OWNER)
    refused = decide(cashier, path, "approve")
    assert (refused.status_code, Refund.objects.count()) == (422, 0)
    assert "Two different people" in refused.content.decode()


def test_a_manager_decides_within_their_own_limit(
    owner: cast.Clerk, cashier: cast.Clerk, shop: Shop, payment: str
) -> None:
    manager = cast.member_of(shop, Role.MANAGER, "Rui")
    Shop.objects.filter(pk=shop.pk).update(manager_refund_minor=79_99)
    path = asked(cashier, payment)
    assert manager.get("/").context["todo"] == []
    assert "Somebody who may decides" in manager.body(path)
    for verb, more in (("approve", {}), ("decline", {"answer": "No"})):
        assert decide(manager, path, verb, **more).status_code == 422
    assert RefundProposal.objects.get().state == "open"
    Shop.objects.filter(pk=shop.pk).update(manager_refund_minor=80_00)
    assert manager.get("/").context["todo"][0]["href"] == f"/portal{path}"
    assert decide(manager, path, "approve", code="000000").status_code == 422
    assert decide(manager, path, "approve").status_code == 303
    assert Refund.objects.get().amount_minor == 80_00


def test_what_is_no_longer_there_is_said_and_it_waits_on(
    owner: cast.Clerk, cashier: cast.Clerk, shop: Shop, payment: str
) -> None:
    path = asked(cashier, payment)
    wish = RefundWish(payment, Money(30_00, "BRL"), "damaged", "", "other")
    refund_sale(person=owner.person, shop_id=shop.pk, wish=wish)
    assert "R$50.00 is left of the payment now" in owner.body(path)
    refused = decide(owner, path, "approve")
    assert (refused.status_code, Refund.objects.count()) == (422, 1)
    assert "more than is left" in refused.content.decode()
    assert RefundProposal.objects.get().state == "open"
    assert decide(owner, path, "decline", answer="Ask for the rest").status_code == 303


def test_what_the_asker_gave_back_beside_it_is_not_taken_for_it(
    owner: cast.Clerk, cashier: cast.Clerk, payment: str
) -> None:
    path = asked(cashier, payment)
    form = {"amount": "1,00", "reason": "damaged", "note": ""}
    for key in (path.rpartition("/")[2], f"{path.rpartition('/')[2]}/approved"):
        code = cast.code_of(cashier.person)
        cashier.post(f"/payments/{payment}/refund", **form, key=key, code=code)
    given = sum(each.amount_minor for each in Refund.objects.all())
    assert given == 1_00
    refused = decide(owner, path, "approve")
    assert (refused.status_code, Refund.objects.count()) == (422, 1)
    assert "more than is left" in refused.content.decode()
    assert RefundProposal.objects.get().state == "open"


def test_a_form_of_what_was_taken_back_asks_for_nothing(cashier: cast.Clerk, payment: str) -> None:
    path = asked(cashier, payment)
    decide(cashier, path, "withdraw")
    cashier.body(path)
    assert asked(cashier, payment, amount="70,00") == path
    assert "Whoever may give it back is told" not in cashier.body(path)


def test_it_is_over_by_itself(owner: cast.Clerk, cashier: cast.Clerk, payment: str) -> None:
    path = asked(cashier, payment)
    ends = RefundProposal.objects.get().expires_at
    assert ends - RefundProposal.objects.get().asked_at == timedelta(days=3)
    assert expire_due_proposals(moment=ends - timedelta(seconds=1)) == 0
    assert expire_due_proposals(moment=ends) == 1
    assert expire_due_proposals(moment=ends) == 0
    assert "Over, nothing decided" in cashier.body(path)
    assert decide(owner, path, "approve").status_code == 422
    assert acts() == ["refund.proposed", "refund.proposal_expired"]


def test_a_neighbours_and_an_unknown_one_are_the_same(
    cashier: cast.Clerk, payment: str, brazil: Any
) -> None:
    path = asked(cashier, payment)
    carla = cast.owner_of("Carla", "Quitanda da Carla")[0]
    assert carla.get(path).status_code == carla.get("/refunds/rpr_unknown").status_code == 404
    assert decide(carla, path, "approve").status_code == 404
    assert ask(carla, payment).status_code == 404
    assert RefundProposal.objects.get().state == "open"


def test_the_database_keeps_it_as_it_was_asked(
    owner: cast.Clerk, cashier: cast.Clerk, payment: str
) -> None:
    asked(cashier, payment)
    rows, now = RefundProposal.objects.all(), business_now()
    for changes in (
        {"amount_minor": 1},
        {"state": "approved", "decided_by": cashier.person, "refund_ref": "x", "ended_at": now},
        {"state": "approved", "decided_by": owner.person, "ended_at": now},
        {"state": "declined", "ended_at": now},
        {"state": "lost", "ended_at": now},
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(**changes)
    rows.update(state="withdrawn", ended_at=now)
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.update(state="open", ended_at=None)


@pytest.mark.django_db(transaction=True)
def test_approved_once_whatever_happens_beside_it(
    brazil: Any, in_threads: Any, names_of: Any
) -> None:
    boss = cast.hire("Zé")
    shop = consumers.new_paid_shop(brazil, boss)
    other, lia = cast.hire("Rui"), cast.hire("Lia")
    for person, role in ((other, Role.OWNER), (lia, Role.CASHIER)):
        add_member(shop_id=shop.pk, actor=None, person=person, role=role)
    payer = new_payer(brazil, "Ana")
    for rival in ("approve", "withdraw", "approve"):
        payment = sell(shop.party, payer, 60_00)
        wish = RefundWish(payment, None, "damaged", "", "k")
        proposals = in_threads(
            lambda w=wish: propose_refund(person=lia, shop_id=shop.pk, wish=w), times=3
        )
        assert len({each.public_id for each in proposals}) == 1
        facts = {"shop_id": shop.pk, "proposal_id": proposals[0].public_id}
        second = {
            "approve": lambda f=facts: approve_proposal(person=other, **f),
            "withdraw": lambda f=facts: withdraw_proposal(person=lia, **f),
        }[rival]
        told = in_threads(lambda f=facts: approve_proposal(person=boss, **f), second)
        assert names_of(told) == ["StateConflict", "ok"]
        proposal = RefundProposal.objects.get(payment_ref=payment)
        refunds = Refund.objects.filter(payment__public_id=payment)
        assert refunds.count() == (1 if proposal.state == "approved" else 0)
        assert proposal.state in {"approved", "withdrawn"}
    work()
    prove_the_books()


def test_who_is_told_of_it(
    owner: cast.Clerk, cashier: cast.Clerk, shop: Shop, payment: str
) -> None:
    manager = cast.member_of(shop, Role.MANAGER, "Rui")
    cast.member_of(shop, Role.ACCOUNTANT, "Ivo")
    path = asked(cashier, payment)
    row = RefundProposal.objects.select_related("shop").get()
    assert people_told_of(row) == {owner.person.pk, manager.person.pk}
    row.shop.manager_refund_minor = 79_99
    assert people_told_of(row) == {owner.person.pk}

    def told(language: str) -> dict[str, Any]:
        facts: Any = {"shop_id": shop.pk, "kind": NewsKind.REFUND, "ref": row.public_id}
        return dict(json.loads(push_text(**facts, tells_all=True, language=language)))

    assert told("en")["href"] == f"/portal/of/{shop.public_id}{path}"
    assert told("en")["line"] == "Lia asks to give back R$80.00"
    decide(owner, path, "decline", answer="No")
    row.refresh_from_db()
    assert people_told_of(row) == {cashier.person.pk}
    assert told("pt-br")["line"] == "Seu estorno de R$\xa080,00 foi recusado"


def test_an_open_page_hears_of_each_change(
    owner: cast.Clerk, cashier: cast.Clerk, payment: str
) -> None:
    def told() -> list[dict[str, Any]]:
        rows = FeedRow.objects.filter(kind="refund_proposal", party=shop.party).order_by("id")
        return list(rows.values_list("payload", flat=True))

    shop = Shop.objects.get()
    assert 'hx-trigger="news from:body"' in owner.body(f"/payments/{payment}")
    path = asked(cashier, payment)
    proposal = path.removeprefix("/refunds/")
    news = {"proposal": proposal, "payment": payment}
    assert told() == [news]
    # Who waits for an answer sees it come; a form that somebody fills in stays as it is.
    assert 'hx-trigger="news from:body"' in cashier.body(path)
    assert 'hx-trigger="news from:body"' not in owner.body(path)
    assert "eighty reais" in owner.body(path)
    decide(owner, path, "approve")
    assert told() == [news] * 2
