"""The team's pages: asked in by a link, another role, limits, leaving, and the activity log."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from core.clock import business_now
from merchants.enums import Role
from merchants.models import Shop, TeamInvite, TeamMember
from merchants.services.invites import accept_invite, invite_member
from people.models import Invitation, Person
from people.queries import sandbox_code
from people.services.factors import current_totp
from tests.merchants import cast as consumers
from tests.portal import cast

pytestmark = pytest.mark.django_db
NUMBER = "+5511987650001"


def ask_in(owner: cast.Clerk, phone: str = NUMBER, role: str = "support") -> str:
    """Ask a number in; the path of the link that is shown once."""
    form = {"phone": phone, "role": role, "code": cast.code_of(owner.person)}
    answer = owner.post("/team/new", **form)
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    found = re.search(r"/portal(/join/[A-Za-z0-9_-]+)", answer.content.decode())
    assert found is not None
    return found[1]


def sign_up(clerk: cast.Clerk, next_path: str, name: str = "Rita") -> Any:
    """Go through the three steps; the answer that shows the recovery codes."""
    first = clerk.post("/sign-up", phone="+55 11 98765-0001", next=f"/portal{next_path}")
    assert (first.status_code, first["Location"]) == (303, "/portal/sign-up/code")
    told = sandbox_code(NUMBER)
    assert told is not None
    assert told[0] in clerk.body("/sign-up/code")
    second = clerk.post("/sign-up/code", code=told[0])
    assert (second.status_code, second["Location"]) == (303, "/portal/sign-up/account")
    secret = clerk.client.session["sign_up"]["secret"]
    code = _code_of(secret)
    return clerk.post("/sign-up/account", name=name, password=cast.PASSWORD, code=code)


def _code_of(secret: str) -> str:
    from base64 import b32decode  # noqa: PLC0415

    from django_otp.oath import TOTP  # noqa: PLC0415

    from core.clock import wall_now  # noqa: PLC0415

    totp = TOTP(b32decode(secret))
    totp.time = wall_now().timestamp()
    return f"{totp.token():06d}"


@pytest.fixture
def nobody() -> cast.Clerk:
    """A browser that nobody is signed in with."""
    return cast.Clerk(Person(login="nobody"), Client())


def test_somebody_is_asked_in_signs_up_and_joins(
    transactional_db: None, owner: cast.Clerk, shop: Shop, nobody: cast.Clerk
) -> None:
    link = ask_in(owner)
    assert link in Invitation.objects.get(phone=NUMBER).text
    door = nobody.body(link)
    assert "Padaria do Zé" in door
    assert "+•••• 0001" in door
    assert NUMBER not in door
    codes = sign_up(nobody, link)
    assert codes.status_code == 200
    assert len(re.findall(r'<li class="code">', codes.content.decode())) == 10
    joined = nobody.post(link)
    assert (joined.status_code, joined["Location"]) == (303, "/portal/")
    rita = Person.objects.get(phone=NUMBER)
    member = TeamMember.objects.get(shop=shop, person=rita)
    assert (member.role, rita.party and rita.party.display_name) == ("support", "Rita")
    assert nobody.get("/conversations").status_code == 200
    assert nobody.get("/payments").status_code == 403
    assert nobody.post(link).status_code == 404
    assert current_totp(login=rita.login) is not None


def test_a_code_is_shown_only_to_whoever_sits_at_the_sandbox(
    transactional_db: None, nobody: cast.Clerk, settings: Any
) -> None:
    nobody.post("/sign-up", phone=NUMBER)
    told = sandbox_code(NUMBER)
    assert told is not None
    far = nobody.client.get("/portal/sign-up/code", REMOTE_ADDR="203.0.113.9")
    assert (far.status_code, told[0] in far.content.decode()) == (200, False)
    settings.SANDBOX = False
    assert told[0] not in nobody.body("/sign-up/code")


def test_a_link_is_for_its_number_only(owner: cast.Clerk, shop: Shop) -> None:
    link = ask_in(owner)
    other = cast.signed_in(cast.hire("Carla"))
    assert other.get(link).status_code == 200
    assert other.post(link).status_code == 403
    assert TeamMember.objects.filter(shop=shop).count() == 1
    assert TeamInvite.objects.get().accepted_at is None


def test_a_link_ends_by_being_taken_back_replaced_or_old(owner: cast.Clerk, shop: Shop) -> None:
    first = ask_in(owner)
    second = ask_in(owner, role="manager")
    assert (owner.get(first).status_code, owner.get(second).status_code) == (404, 200)
    invite = TeamInvite.objects.get(withdrawn_at__isnull=True)
    assert owner.post("/team", verb="withdraw", invite=invite.public_id).status_code == 303
    assert owner.get(second).status_code == 404
    third = ask_in(owner)
    TeamInvite.objects.update(
        made_at=business_now() - timedelta(days=8), expires_at=business_now() - timedelta(days=1)
    )
    assert owner.get(third).status_code == 404
    assert owner.get("/team").context["invites"] == []
    assert owner.get("/join/nothing").status_code == 404


@pytest.mark.parametrize(
    "change", [{"phone": "12"}, {"role": "king"}, {"code": ""}, {"code": "abcdef"}]
)
def test_nobody_is_asked_in_wrongly(owner: cast.Clerk, shop: Shop, change: dict[str, str]) -> None:
    form = {"phone": NUMBER, "role": "cashier", "code": cast.code_of(owner.person)}
    assert owner.post("/team/new", **{**form, **change}).status_code == 422
    assert TeamInvite.objects.count() == 0


def test_the_owner_changes_roles_and_removes(owner: cast.Clerk, shop: Shop) -> None:
    lia = cast.member_of(shop, Role.CASHIER)
    path = f"/team/{lia.person.pk}"
    code = cast.code_of(owner.person)
    assert owner.post(path, verb="change", role="accountant", code=code).status_code == 303
    assert (lia.get("/payouts").status_code, lia.get("/orders").status_code) == (200, 403)
    assert owner.post(path, verb="remove", code="1").status_code == 422
    assert owner.post(path, verb="remove", code=cast.code_of(owner.person)).status_code == 303
    assert lia.get("/payouts")["Location"] == "/portal/start"
    assert owner.get(path).status_code == 404


def test_the_last_owner_stays(owner: cast.Clerk, shop: Shop) -> None:
    path = f"/team/{owner.person.pk}"
    for form in ({"verb": "change", "role": "cashier"}, {"verb": "remove"}):
        answer = owner.post(path, **form, code=cast.code_of(owner.person))
        assert answer.status_code == 422
        assert "keeps at least one owner" in answer.content.decode()
    assert owner.post("/team", verb="leave").status_code == 303
    assert TeamMember.objects.get(shop=shop).removed_at is None


def test_who_works_here_may_leave(shop: Shop) -> None:
    lia = cast.member_of(shop, Role.CASHIER)
    assert lia.post("/team", verb="leave").status_code == 303
    assert lia.get("/")["Location"] == "/portal/start"


def test_only_the_owner_sets_who_refunds_how_much(owner: cast.Clerk, shop: Shop) -> None:
    form = {"verb": "limits", "manager": "250,00", "cashier": "20,00"}
    manager = cast.member_of(shop, Role.MANAGER)
    assert manager.post("/team", **form, code=cast.code_of(manager.person)).status_code == 403
    assert owner.post("/team", **form, code="000").status_code == 422
    assert owner.post("/team", **form, code=cast.code_of(owner.person)).status_code == 303
    shop.refresh_from_db()
    assert (shop.manager_refund_minor, shop.cashier_refund_minor) == (25_000, 2_000)
    told = owner.rows("/team/activity")[0]["changes"]
    assert {str(each["name"]): each["after"] for each in told} == {
        "A manager refunds up to": "R$250.00",
        "A cashier refunds up to": "R$20.00",
    }


def test_the_log_tells_who_did_what(owner: cast.Clerk, shop: Shop, stranger: cast.Clerk) -> None:
    lia = cast.member_of(shop, Role.CASHIER)
    ask_in(owner)
    acts = owner.rows("/team/activity")
    assert [act["words"] for act in acts] == [
        "Asked somebody into the team",
        "Added to the team",
        "Opened the shop",
    ]
    assert acts[0]["who"] == "Zé"
    told = {str(each["name"]): each["after"] for each in acts[0]["changes"]}
    assert told == {"Phone number": "…0001", "Role": "Support"}
    assert NUMBER not in owner.body("/team/activity")
    hers = owner.get("/team/activity", by=lia.person.pk).context["listing"]
    assert (hers.rows, hers.is_filtered) == ([], True)
    foreign = owner.get("/team/activity", by=stranger.person.pk).context["listing"]
    assert (len(foreign.rows), foreign.is_filtered) == (3, False)
    others = stranger.rows("/team/activity")
    assert [act["words"] for act in others] == ["Opened the shop"]


def test_two_answers_to_one_invitation_are_one_member(
    in_threads: Any, names_of: Any, owner: cast.Clerk, shop: Shop
) -> None:
    carla = consumers.join("Carla").person
    made = invite_member(
        shop_id=shop.pk, actor=owner.person, phone=carla.phone or "", role=Role.SUPPORT
    )
    outcomes = in_threads(*[lambda: accept_invite(token=made.token, person=carla)] * 3)
    assert names_of(outcomes) == ["NotFound", "NotFound", "ok"]
    assert TeamMember.objects.filter(shop=shop, person=carla).count() == 1
