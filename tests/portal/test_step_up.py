"""A passkey in the place of the code: it approves one form as it stands, once, and nothing else."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from core.clock import business_now
from merchants.models import Shop, ShopKey
from merchants.services.keys import make_key
from payments.models import Refund
from people.models import Challenge, Person, WebKey
from people.services.web_keys import MOST_ASKED
from tests.merchants import cast as consumers
from tests.payments.cast import new_payer
from tests.payments.settlement_cast import sell
from tests.people.authenticator import Authenticator
from tests.people.cast import unb64
from tests.portal import cast

pytestmark = pytest.mark.django_db
NEW_KEY = {"name": "Bot", "scopes": ["messages", "orders"]}


def add_passkey(clerk: cast.Clerk) -> Authenticator:
    """Add a passkey of the portal, approved by a code."""
    own = Authenticator()
    options = clerk.get("/security/passkey").context["options"]
    form = {"name": "Laptop", "code": cast.code_of(clerk.person)}
    made = json.dumps(own.create(options))
    assert clerk.post("/security/passkey", **form, credential=made).status_code == 303
    return own


@pytest.fixture
def passkey(owner: cast.Clerk) -> Authenticator:
    """Zé's, of the portal."""
    return add_passkey(owner)


def asked(clerk: cast.Clerk, path: str, **fields: Any) -> bytes:
    """Return the challenge for a form as it stands."""
    answer = clerk.post("/passkey", step_up_of=f"/portal{path}", **fields)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    return unb64(answer.json()["challenge"])


def approved(own: Authenticator, clerk: cast.Clerk, path: str, **fields: Any) -> str:
    """Return what the passkey answers for a form as it stands."""
    return json.dumps(own.get(asked(clerk, path, **fields)))


def test_a_key_is_made_by_a_passkey_and_the_answer_works_once(
    owner: cast.Clerk, shop: Shop, passkey: Authenticator
) -> None:
    answer = approved(passkey, owner, "/developers/keys/new", **NEW_KEY)
    made = owner.post("/developers/keys/new", **NEW_KEY, assertion=answer)
    assert (made.status_code, "sk_" in made.content.decode()) == (200, True)
    assert owner.post("/developers/keys/new", **NEW_KEY, assertion=answer).status_code == 422
    assert ShopKey.objects.filter(shop=shop).count() == 1


def test_an_answer_for_one_form_does_no_other(
    owner: cast.Clerk, shop: Shop, passkey: Authenticator
) -> None:
    one, two = (_key(shop, owner.person, name) for name in ("Bot", "Books"))
    answer = approved(passkey, owner, f"/developers/keys/{one}", verb="end")
    for path, verb in ((two, "end"), (one, "roll")):
        said = {"verb": verb, "overlap": "24", "assertion": answer}
        refused = owner.post(f"/developers/keys/{path}", **said)
        assert refused.status_code == 422
        assert "The passkey did not fit." in refused.content.decode()
    assert ShopKey.objects.filter(shop=shop, revoked_at=None).count() == 2
    fine = owner.post(f"/developers/keys/{one}", verb="end", assertion=answer)
    assert fine.status_code == 303
    assert ShopKey.objects.get(public_id=one).revoked_at is not None


@pytest.mark.parametrize("changed", [{"name": "Other"}, {"scopes": ["orders"]}, {"amount": "9,00"}])
def test_who_changes_a_word_afterwards_has_approved_nothing(
    owner: cast.Clerk, shop: Shop, passkey: Authenticator, changed: dict[str, Any]
) -> None:
    answer = approved(passkey, owner, "/developers/keys/new", **NEW_KEY)
    form = NEW_KEY | changed
    assert owner.post("/developers/keys/new", **form, assertion=answer).status_code == 422
    assert not ShopKey.objects.filter(shop=shop).exists()


@pytest.mark.parametrize(
    "wrong", ["origin", "unverified", "stranger", "late", "made up", "no json"]
)
def test_what_is_no_answer_of_theirs_in_time_does_nothing(
    owner: cast.Clerk, shop: Shop, passkey: Authenticator, wrong: str
) -> None:
    challenge = asked(owner, "/developers/keys/new", **NEW_KEY)
    if wrong == "late":
        Challenge.objects.update(expires_at=business_now() - timedelta(seconds=1))
    answers = {
        "origin": lambda: passkey.get(challenge, origin="https://evil.example"),
        "unverified": lambda: passkey.get(challenge, verified=False),
        "stranger": lambda: Authenticator().get(challenge),
        "late": lambda: passkey.get(challenge),
        "made up": lambda: passkey.get(b"x" * 32),
    }
    said = json.dumps(answers[wrong]()) if wrong in answers else "{"
    refused = owner.post("/developers/keys/new", **NEW_KEY, assertion=said)
    assert refused.status_code == 422
    assert 'name="assertion" value' not in refused.content.decode()
    assert not ShopKey.objects.filter(shop=shop).exists()


def test_an_answer_of_one_shop_does_nothing_in_another(
    owner: cast.Clerk, shop: Shop, passkey: Authenticator
) -> None:
    second = consumers.new_shop(owner.person, "Padaria do Zé 2")
    answer = approved(passkey, owner, "/developers/keys/new", **NEW_KEY)
    owner.post("/shop", shop=second.public_id)
    assert owner.post("/developers/keys/new", **NEW_KEY, assertion=answer).status_code == 422
    assert not ShopKey.objects.exists()


def test_somebody_else_s_answer_does_nothing(
    owner: cast.Clerk, stranger: cast.Clerk, passkey: Authenticator
) -> None:
    add_passkey(stranger)
    answer = approved(passkey, owner, "/developers/keys/new", **NEW_KEY)
    assert stranger.post("/developers/keys/new", **NEW_KEY, assertion=answer).status_code == 422
    assert not ShopKey.objects.exists()


def test_what_is_asked_and_never_answered_does_not_pile_up(
    owner: cast.Clerk, passkey: Authenticator
) -> None:
    for number in range(MOST_ASKED + 5):
        asked(owner, "/developers/keys/new", name=str(number))
    assert Challenge.objects.count() == MOST_ASKED
    Challenge.objects.update(expires_at=business_now() - timedelta(minutes=1))
    asked(owner, "/developers/keys/new", name="last")
    assert Challenge.objects.count() == 1
    long = owner.post("/passkey", step_up_of="/" + "x" * 300)
    assert (long.status_code, Challenge.objects.count()) == (404, 1)


def test_who_has_no_passkey_is_offered_none_and_types_a_code(owner: cast.Clerk) -> None:
    assert "data-step-up" not in owner.body("/developers/keys/new")
    assert owner.post("/passkey", step_up_of="/portal/developers/keys/new").status_code == 404
    empty = owner.post("/developers/keys/new", **NEW_KEY)
    assert empty.status_code == 422
    assert empty.context["form"].errors["code"] == ["This field is required."]
    code = cast.code_of(owner.person)
    assert owner.post("/developers/keys/new", **NEW_KEY, code=code).status_code == 200
    assert Client().post("/portal/passkey").status_code == 302


def test_every_form_with_a_code_offers_the_passkey(
    owner: cast.Clerk, shop: Shop, passkey: Authenticator
) -> None:
    assert passkey.credential_id
    member = cast.cashier_of(shop).person
    key = _key(shop, owner.person, "Bot")
    offered = {
        path: owner.body(path).count("data-step-up=")
        for path in (
            "/developers/keys/new",
            f"/developers/keys/{key}",
            "/developers/webhooks/new",
            "/developers/number",
            "/team",
            "/team/new",
            f"/team/{member.pk}",
            "/settings/bank",
            "/settings/outside/pix",
            "/security",
            "/security/passkey",
            "/security/authenticator",
            "/security/password",
        )
    }
    assert {path for path, number in offered.items() if number == 0} == set()


def test_a_passkey_lets_the_next_one_in(owner: cast.Clerk, passkey: Authenticator) -> None:
    own = Authenticator()
    options = owner.get("/security/passkey").context["options"]
    form = {"name": "Phone", "credential": json.dumps(own.create(options))}
    answer = approved(passkey, owner, "/security/passkey", **form)
    other = form | {"credential": json.dumps(Authenticator().create(options))}
    assert owner.post("/security/passkey", **other, assertion=answer).status_code == 422
    # The page's challenge is used up by a try: the next page has another.
    options = owner.get("/security/passkey").context["options"]
    form = {"name": "Phone", "credential": json.dumps(own.create(options))}
    answer = approved(passkey, owner, "/security/passkey", **form)
    assert owner.post("/security/passkey", **form, assertion=answer).status_code == 303
    assert {key.name for key in WebKey.objects.all()} == {"Laptop", "Phone"}


def test_a_refund_is_approved_with_its_payment_and_amount(brazil: Any) -> None:
    person = cast.hire("Zé")
    shop = consumers.new_paid_shop(brazil, person)
    owner, ana = cast.signed_in(person), new_payer(brazil, "Ana")
    one, two = (f"/payments/{sell(shop.party, ana, 80_00)}/refund" for _ in range(2))
    own = add_passkey(owner)
    form = {"amount": "30,00", "reason": "damaged", "note": "", "key": "k1"}
    answer = approved(own, owner, one, **form)
    assert owner.post(two, **form, assertion=answer).status_code == 422
    more = form | {"amount": "80,00"}
    assert owner.post(one, **more, assertion=answer).status_code == 422
    assert not Refund.objects.exists()
    assert owner.post(one, **form, assertion=answer).status_code == 303
    assert Refund.objects.get().amount_minor == 30_00
    (key,) = WebKey.objects.filter(user=person)
    assert key.last_used_at is not None


def _key(shop: Shop, person: Person, name: str) -> str:
    made = make_key(shop_id=shop.pk, actor=person, name=name, scopes=["orders"])  # type: ignore[list-item]
    return str(made.key.public_id)
