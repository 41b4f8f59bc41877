"""Reviewing shops: no payout before an approval, two people over a risk, reasons that are read."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from core.clock import business_now
from core.errors import InputInvalid, StateConflict, TextInvalid
from core.transactions import owns_block
from merchants.enums import Role
from merchants.models import ReviewMove, Shop, ShopReview
from merchants.queries.review_words import state_sentence
from merchants.queries.reviews import review_facts, review_notice, reviews_waiting
from merchants.services.reviews import (
    answer_review,
    approve_review,
    ask_more,
    note_looked,
    open_review,
    reject_review,
    reopen_review,
)
from merchants.services.team import add_member, change_role
from payments.queries.stops import is_unpaid, unpaid_parties
from payments.services.funding import add_payout_account
from payments.services.payout_stops import let_payouts_go, stop_payouts
from people.models import ApprovalRequest, AuditEntry, Identity, Party, Person
from people.queries import parties_by_ids
from people.services.approvals import OwnApproval, decide_approval
from people.services.staff import create_staff
from tests.bank_simulator.harness import Simulator
from tests.merchants.cast import join, new_paid_shop, new_shop, set_up
from tests.payments.cast import BANKS, new_account

pytestmark = pytest.mark.django_db(transaction=True)


def staff(login: str) -> Person:
    return create_staff(
        login=login,
        password="a long enough passphrase",
        totp_secret="JBSWY3DPEHPK3PXP",
        is_superuser=True,
    )


def known_owner(tax_id: str = "52998224725") -> Any:
    """Zé, whose own identity was verified."""
    ze = join("Zé")
    Identity.objects.create(
        party=Party.objects.get(person=ze.person),
        legal_name="José Carvalho",
        tax_id=tax_id,
        country="BR",
        tier="basic",
        verified_at=business_now(),
    )
    return ze.person


def review_of(shop: Shop) -> ShopReview:
    return ShopReview.objects.filter(shop=shop).order_by("-id")[0]


def approve(review: ShopReview, by: Person, risk: str = "low") -> Any:
    return approve_review(staff=by, review_id=review.public_id, risk=risk, reason="It fits")


def test_a_shop_waits_unpaid_until_it_is_approved() -> None:
    shop = new_shop(known_owner())
    review = review_of(shop)
    assert (review.state, review.risk, is_unpaid(shop.party_id)) == ("open", "low", True)
    assert reviews_waiting() == (1, review.opened_at)
    done = approve(review, staff("marta"))
    assert (done.state, done.decided_by.login, done.checked_by) == ("approved", "marta", None)
    assert not is_unpaid(shop.party_id)
    assert unpaid_parties() == frozenset()
    assert reviews_waiting() == (0, None)
    entry = AuditEntry.objects.order_by("-id")[0]
    assert (entry.action, entry.actor_login, entry.reason) == (
        "review.approved",
        "marta",
        "It fits",
    )
    with pytest.raises(StateConflict):
        approve(review, staff("otto"))


def test_a_shop_of_somebody_unknown_takes_two_reviewers() -> None:
    shop, marta, otto = new_shop(join("Zé").person), staff("marta"), staff("otto")
    review = review_of(shop)
    assert review.risk == "high"
    asked = approve(review, marta)  # Low is not believed.
    assert isinstance(asked, ApprovalRequest)
    assert (review_of(shop).state, is_unpaid(shop.party_id)) == ("open", True)
    with pytest.raises(OwnApproval):
        decide_approval(checker=marta, approval_id=asked.public_id, approve=True, reason="Mine")
    decide_approval(checker=otto, approval_id=asked.public_id, approve=True, reason="Yes")
    done = review_of(shop)
    assert (done.state, done.decided_by, done.checked_by) == ("approved", marta, otto)
    assert not is_unpaid(shop.party_id)


def test_an_owner_who_came_after_the_review_opened_counts() -> None:
    owner = known_owner()
    shop, marta = new_shop(owner), staff("marta")
    assert review_of(shop).risk == "low"
    add_member(shop_id=shop.pk, actor=owner, person=join("Carla").person, role=Role.OWNER)
    asked = approve(review_of(shop), marta)
    assert isinstance(asked, ApprovalRequest)
    kept = review_of(shop)
    assert (kept.state, kept.risk, is_unpaid(shop.party_id)) == ("open", "high", True)


def test_who_a_business_is_before_the_law_is_not_written_into_the_trail() -> None:
    shop, marta = new_shop(join("Zé").person), staff("marta")
    by_law = Identity.objects.get(party_id=shop.party_id)
    asked = approve(review_of(shop), marta)
    kept = list(AuditEntry.objects.order_by("id").values_list("before", "after"))
    written = repr([asked.before, asked.after, asked.payload, *kept[-2:]])
    assert [each in written for each in (by_law.tax_id, by_law.legal_name)] == [False, False]


@pytest.mark.parametrize("change", [{"legal_name": "Outra Ltda"}, {"tax_id": "11222333000181"}])
def test_what_changed_meanwhile_is_not_approved(change: dict[str, str]) -> None:
    shop, marta, otto = new_shop(join("Zé").person), staff("marta"), staff("otto")
    asked = approve(review_of(shop), marta)
    Identity.objects.filter(party_id=shop.party_id).update(**change)
    with pytest.raises(StateConflict):
        decide_approval(checker=otto, approval_id=asked.public_id, approve=True, reason="Yes")
    assert (review_of(shop).state, is_unpaid(shop.party_id)) == ("open", True)


def test_the_database_refuses_one_reviewer_of_a_high_risk() -> None:
    shop, marta = new_shop(join("Zé").person), staff("marta")
    rows = ShopReview.objects.filter(shop=shop)
    with pytest.raises(IntegrityError, match="high_risk_takes_two"), transaction.atomic():
        rows.update(state="approved", decided_by=marta)
    with pytest.raises(IntegrityError, match="four_eyes"), transaction.atomic():
        rows.update(state="approved", decided_by=marta, checked_by=marta)
    with pytest.raises(IntegrityError, match="reasons_given"), transaction.atomic():
        rows.update(state="rejected", decided_by=marta)
    with pytest.raises(IntegrityError), transaction.atomic():
        ReviewMove.objects.all().delete()


def test_a_shop_is_asked_and_answers() -> None:
    owner = known_owner()
    shop, marta = new_shop(owner), staff("marta")
    review = review_of(shop)
    reasons, words = ["goods_unclear", "owner_unclear"], "Send us your menu."
    ask_more(staff=marta, review_id=review.public_id, reasons=reasons, words=words)
    told = review_notice(shop.pk)
    assert told is not None
    assert (told.state, told.reasons, told.words) == ("asked", tuple(reasons), words)
    with pytest.raises(StateConflict):
        approve(review, marta)
    for text in ("", " ", "x" * 2001, "\x00"):
        with pytest.raises((InputInvalid, TextInvalid)):
            answer_review(shop_id=shop.pk, actor=owner, text=text)
    answer_review(shop_id=shop.pk, actor=owner, text="Bread and cakes.")
    with pytest.raises(StateConflict):
        answer_review(shop_id=shop.pk, actor=owner, text="Again")
    assert review_of(shop).answer == "Bread and cakes."
    approve(review, marta)
    moves = ReviewMove.objects.filter(review=review).order_by("id")
    assert list(moves.values_list("from_state", "to_state")) == [
        ("", "open"),
        ("open", "asked"),
        ("asked", "answered"),
        ("answered", "approved"),
    ]


@pytest.mark.parametrize("reasons", [[], ["whatever"], ["owner_unclear", "whatever"]])
def test_without_a_reason_of_the_list_nothing_happens(reasons: list[str]) -> None:
    shop, marta = new_shop(known_owner()), staff("marta")
    review = review_of(shop)
    for act in (ask_more, reject_review):
        with pytest.raises(InputInvalid):
            act(staff=marta, review_id=review.public_id, reasons=reasons, words="")
    assert review_of(shop).state == "open"


def test_a_refused_shop_stays_unpaid_and_makes_its_owner_s_next_one_risky() -> None:
    owner, marta = known_owner(), staff("marta")
    shop = new_shop(owner)
    reject_review(
        staff=marta,
        review_id=review_of(shop).public_id,
        reasons=["fraud_suspected"],
        words="",
    )
    assert (review_of(shop).state, is_unpaid(shop.party_id)) == ("rejected", True)
    other = new_shop(owner, "Padaria do  Ze")
    assert review_of(other).risk == "high"
    facts = review_facts(other.pk)
    assert (facts.refused_before, facts.alike) == (1, (f"Padaria do Zé ({shop.public_id})",))


def test_an_approved_shop_is_looked_at_again() -> None:
    shop, marta = new_shop(known_owner()), staff("marta")
    approve(review_of(shop), marta)
    reopen_review(staff=marta, shop_id=shop.public_id, reason="Complaints")
    assert is_unpaid(shop.party_id)
    with pytest.raises(StateConflict):
        reopen_review(staff=marta, shop_id=shop.public_id, reason="Again")
    note_looked(staff=marta, review_id=review_of(shop).public_id)
    assert AuditEntry.objects.order_by("-id")[0].action == "review.looked_at"


def rename(shop: Shop) -> None:
    set_up(shop, name="Banco Mar Suporte")


def add_owner(shop: Shop) -> None:
    add_member(shop_id=shop.pk, actor=None, person=join("Carla").person, role=Role.OWNER)


def promote(shop: Shop) -> None:
    carla = join("Carla").person
    add_member(shop_id=shop.pk, actor=None, person=carla, role=Role.CASHIER)
    assert review_of(shop).state == "approved"
    change_role(shop_id=shop.pk, actor=None, person_id=carla.pk, role=Role.OWNER)


@pytest.mark.parametrize(
    ("change", "cause"), [(rename, "name"), (add_owner, "owner"), (promote, "owner")]
)
def test_what_an_approval_rests_on_changes_and_the_review_opens_again(
    change: Callable[[Shop], None], cause: str
) -> None:
    """Payouts wait, the owner reads why, and a later approval lets them go."""
    shop, marta, otto = new_shop(known_owner()), staff("marta"), staff("otto")
    approve(review_of(shop), marta)
    change(shop)
    again = review_of(shop)
    assert (again.state, again.cause, is_unpaid(shop.party_id)) == ("open", cause, True)
    told = review_notice(shop.pk)
    assert told is not None
    assert "reviewed again" in str(state_sentence(told.state, told.cause))
    entry = AuditEntry.objects.get(action="review.reopened")
    assert (entry.object_ref, entry.after["cause"]) == (again.public_id, cause)
    asked = approve(again, marta)
    if isinstance(asked, ApprovalRequest):  # Carla is somebody nobody has verified.
        decide_approval(checker=otto, approval_id=asked.public_id, approve=True, reason="Yes")
    assert (review_of(shop).state, is_unpaid(shop.party_id)) == ("approved", False)


def test_what_changes_nothing_of_who_a_shop_is_opens_no_review() -> None:
    shop, marta = new_shop(known_owner()), staff("marta")
    set_up(shop, name="Padaria do Zé II")  # Not approved yet: the review sees it as it is.
    approve(review_of(shop), marta)
    set_up(shop, name="PADARIA DO ZÉ II", about="Pão quente.")
    refused = new_shop(known_owner("11144477735"), "Mercado")
    reject_review(
        staff=marta, review_id=review_of(refused).public_id, reasons=["owner_unclear"], words=""
    )
    rename(refused)
    assert ShopReview.objects.filter(cause="").count() == ShopReview.objects.count() == 2
    assert [is_unpaid(each.party_id) for each in (shop, refused)] == [False, True]


def test_a_shop_that_is_paid_into_another_account_is_reviewed_if_it_is_of_somebody_else(
    brazil: Simulator,
) -> None:
    shop = new_paid_shop(brazil, known_owner())
    party = parties_by_ids([shop.party_id])[shop.party_id]

    def pay_into(holder: str) -> str:
        account = new_account(
            brazil, str(party.tax_id), balance_minor=0, bank=BANKS[1], holder_name=holder
        )
        add_payout_account(
            party_id=shop.party_id,
            bank=BANKS[1],
            token=account["token"],
            code=account["verification_code"],
            actor=None,
        )
        newest = review_of(shop)
        return f"{newest.state} {newest.cause}"

    assert pay_into("Somebody") == "approved "  # Another account of the same holder.
    assert pay_into(str(party.legal_name)) == "approved "
    assert pay_into("Carla Souza") == "open holder"
    assert is_unpaid(shop.party_id)


def test_stops_of_two_kinds_are_lifted_apart() -> None:
    shop = new_shop(known_owner())
    now = business_now()
    with owns_block():
        stop_payouts(party_id=shop.party_id, code="shop_review", moment=now)
        stop_payouts(party_id=shop.party_id, code="other", moment=now)
    with owns_block():
        let_payouts_go(party_id=shop.party_id, code="shop_review", moment=now)
    assert is_unpaid(shop.party_id)
    with pytest.raises(StateConflict), owns_block():
        open_review(shop=shop, moment=now)
