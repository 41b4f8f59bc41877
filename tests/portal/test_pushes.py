"""Choices of news, and pushes: to a real server on loopback that decrypts them."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.core.management import call_command
from django.test import Client

from core.tasks import drain
from merchants.codes.news import FIRST, NewsChoices, kept_choices, read_choices
from merchants.codes.web_push import (
    PushKeyBroken,
    check_browser_key,
    encrypt,
    new_private_key,
    public_key_of,
)
from merchants.enums import NewsKind, Role
from merchants.models import Product, PushPlace, PushSubscription, Shop, TeamMember
from merchants.services.orders import place_order
from merchants.services.push_news import read_feed
from merchants.services.stock import LineWish
from people.models import Person
from tests.merchants import cast as consumers
from tests.merchants.receiver import Receiver
from tests.portal import cast
from tests.portal.browser_keys import CURVE, BrowserKeys, claims_of, decoded
from tests.portal.test_talk import write

# The feed is read up to what has committed.
pytestmark = pytest.mark.django_db(transaction=True)
KEY = "2pyHigbn_bFAHdNU0IHtkVPRe83uTPlk8f1Bnn_uuew"
THEIRS = public_key_of(KEY)


@pytest.fixture
def service(settings: Any) -> Iterator[Receiver]:
    """A push service, which this instance may call."""
    receiver = Receiver()
    receiver.answers = lambda _heard: 201
    settings.TROCO_PUSH_KEY = KEY
    settings.TROCO_PUSH_CONTACT = "mailto:ops@troco.example"
    settings.TROCO_HTTP_ALLOWED_ORIGINS = [receiver.origin]
    yield receiver
    receiver.close()


def subscribed(clerk: cast.Clerk, service: Receiver, path: str = "/push/one") -> BrowserKeys:
    browser = BrowserKeys()
    fields = {"endpoint": service.origin + path, "p256dh": browser.p256dh, "auth": browser.auth}
    assert clerk.post("/notifications/browsers", **fields).status_code == 303
    read_feed()  # From here on.
    return browser


def says(buyer: consumers.Caller, talk: str, text: str) -> None:
    said = {"client_id": f"say-{text}", "type": "text", "text": text}
    assert buyer.post(f"/v1/conversations/{talk}/messages", said).status_code == 201


def pushed(service: Receiver, browser: BrowserKeys) -> list[dict[str, Any]]:
    """Read the feed, send what is owed, and return what the browser was told."""
    read_feed()
    drain(seconds=20)
    told = [json.loads(browser.read(heard.body)) for heard in service.heard]
    service.heard.clear()
    return told


def test_the_standards_own_example_is_read() -> None:
    private = int.from_bytes(decoded("q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"))
    browser = BrowserKeys(ec.derive_private_key(private, CURVE), decoded("BTBZMqHH6r4Tts7J_aSIgg"))
    body = (
        "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmY"
        "WAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexS"
        "gSxsj_Qulcy4a-fN"
    )
    assert browser.read(decoded(body)) == b"When I grow up, I want to be a watermelon"
    assert browser.read(encrypt(b"x" * 2000, browser.p256dh, browser.auth)) == b"x" * 2000
    with pytest.raises(ValueError, match="too long"):
        encrypt(b"x" * 2001, browser.p256dh, browser.auth)


@pytest.mark.parametrize(
    ("p256dh", "auth"),
    [
        ("", ""),
        ("AAAA", "AAAA"),
        ("BA" + "A" * 85, "BTBZMqHH6r4Tts7J_aSIgg"),
        ("é", "é"),
        (f"!{THEIRS}", "BTBZMqHH6r4Tts7J_aSIgg"),
        (THEIRS, "BTBZMqHH6r4Tts7J_aSIgg" + "!" * 40),
    ],
    ids=["none", "short", "off the curve", "no base64", "a sign more", "many more"],
)
def test_keys_that_are_none_are_refused(p256dh: str, auth: str) -> None:
    with pytest.raises(PushKeyBroken):
        check_browser_key(p256dh, auth)


def test_a_push_says_what_happened_and_no_more_until_it_may(
    owner: cast.Clerk, shop: Shop, bread: Product, ana: consumers.Caller, service: Receiver
) -> None:
    browser = subscribed(owner, service)
    talk = write(ana, shop, "Segredo")
    place_order(buyer=ana.person, shop_id=shop.public_id, lines=[LineWish(bread.public_id, 1)])
    order = shop.orders.get()
    told = {each["href"]: each for each in pushed(service, browser)}
    base = f"/portal/of/{shop.public_id}"
    assert told[f"{base}/conversations/{talk}"]["line"] == "A new message"
    assert told[f"{base}/orders/{order.public_id}"]["line"] == "A new order"
    assert {each["title"] for each in told.values()} == {"Padaria do Zé"}
    owner.post(f"/conversations/{talk}/text", text="Já vai", client_id="w9")
    assert pushed(service, browser) == []
    owner.post("/notifications/choices", push=["message", "order"], tells_all="yes")
    says(ana, talk, "Outro")
    (said,) = [each for each in pushed(service, browser) if "conversations" in each["href"]][:1]
    assert said["line"] == "A new message from Ana"


def test_a_push_of_another_shop_of_theirs_leads_there(
    owner: cast.Clerk, shop: Shop, bread: Product, ana: consumers.Caller, stranger: cast.Clerk
) -> None:
    second = consumers.new_shop(owner.person, "Padaria do Zé 2")
    place_order(buyer=ana.person, shop_id=shop.public_id, lines=[LineWish(bread.public_id, 1)])
    page = f"/orders/{shop.orders.get().public_id}"
    owner.post("/shop", shop=second.public_id)
    assert owner.get(page).status_code == 404
    # A page of somebody else's that leads there does not change the shop.
    path = f"/portal/of/{shop.public_id}{page}"
    owner.client.get(path, headers={"Sec-Fetch-Site": "cross-site"})
    assert owner.get(page).status_code == 404
    led = owner.get(f"/of/{shop.public_id}{page}")
    assert (led.status_code, led["Location"]) == (303, f"/portal{page}")
    assert owner.get(page).status_code == 200
    assert owner.get("/").context["portal"]["shop_id"] == shop.public_id
    for unknown in (shop.public_id, "mer_unknown"):
        assert stranger.get(f"/of/{unknown}{page}").status_code == 404
    assert stranger.get("/").status_code == 200
    signed_out = Client().get(path)
    assert signed_out["Location"] == f"/portal/sign-in?next={path.replace('/', '%2F')}"


def test_a_push_is_signed_and_replaced_by_the_next(
    owner: cast.Clerk, shop: Shop, ana: consumers.Caller, service: Receiver
) -> None:
    subscribed(owner, service)
    write(ana, shop, "Oi")
    read_feed()
    drain(seconds=20)
    (heard,) = service.heard
    claims = claims_of(heard.headers["authorization"])
    assert (claims["aud"], claims["sub"]) == (service.origin, "mailto:ops@troco.example")
    assert claims["key"] == public_key_of(KEY)
    assert heard.headers["content-encoding"] == "aes128gcm"
    assert (heard.headers["ttl"], len(heard.headers["topic"])) == ("43200", 32)
    assert heard.path == "/push/one"


def test_only_who_wants_it_and_may_is_told(
    owner: cast.Clerk, cashier: cast.Clerk, shop: Shop, ana: consumers.Caller, service: Receiver
) -> None:
    subscribed(owner, service)
    subscribed(cashier, service, "/push/two")
    owner.post("/notifications/choices", push=["payment"])
    talk = write(ana, shop, "Oi")
    read_feed()
    drain(seconds=20)
    assert [each.path for each in service.heard] == ["/push/two"]
    service.heard.clear()
    TeamMember.objects.filter(person=cashier.person).update(role=Role.DEVELOPER)
    says(ana, talk, "Alguem")
    read_feed()
    drain(seconds=20)
    assert service.heard == []


@pytest.mark.parametrize("http_status", [404, 410])
def test_a_subscription_that_has_gone_is_forgotten(
    owner: cast.Clerk, shop: Shop, ana: consumers.Caller, service: Receiver, http_status: int
) -> None:
    subscribed(owner, service)
    service.answers = lambda _heard: http_status
    write(ana, shop, "Oi")
    read_feed()
    drain(seconds=20)
    assert (len(service.heard), PushSubscription.objects.count()) == (1, 0)


def test_a_busy_service_is_asked_again_and_a_refusal_is_not(
    owner: cast.Clerk, shop: Shop, ana: consumers.Caller, service: Receiver
) -> None:
    subscribed(owner, service)
    service.answers = lambda _heard: 503
    talk = write(ana, shop, "Oi")
    read_feed()
    drain(seconds=2)
    assert (len(service.heard), PushSubscription.objects.get().failures) == (1, 1)
    service.answers = lambda _heard: 400
    says(ana, talk, "Alguem")
    read_feed()
    drain(seconds=2)
    assert PushSubscription.objects.get().failures == 2


def test_signing_out_and_removing_end_it(
    owner: cast.Clerk, cashier: cast.Clerk, shop: Shop, ana: consumers.Caller, service: Receiver
) -> None:
    subscribed(owner, service)
    subscribed(cashier, service, "/push/two")
    page = owner.get("/notifications/choices")
    (mine,) = page.context["browsers"]
    assert mine["is_this"]
    refused = cashier.post("/notifications/browsers", verb="end", browser=mine["id"])
    assert refused.status_code == 404
    owner.post("/notifications/browsers", verb="end", browser=mine["id"])
    cashier.post("/sign-out")
    write(ana, shop, "Oi")
    read_feed()
    drain(seconds=20)
    assert (service.heard, PushSubscription.objects.count()) == ([], 0)


def told_topics(service: Receiver) -> list[str]:
    read_feed()
    drain(seconds=20)
    topics = [each.headers["topic"] for each in service.heard]
    service.heard.clear()
    return topics


def test_each_order_waits_at_the_service_by_itself_and_messages_replace_each_other(
    owner: cast.Clerk, shop: Shop, bread: Product, ana: consumers.Caller, service: Receiver
) -> None:
    subscribed(owner, service)
    owner.post("/notifications/choices", push=["order"])
    for _ in range(2):
        wish = [LineWish(bread.public_id, 1)]
        place_order(buyer=ana.person, shop_id=shop.public_id, lines=wish)
    topics = told_topics(service)
    assert (len(topics), len(set(topics))) == (2, 2)
    owner.post("/notifications/choices", push=["message"])
    talk = write(ana, shop, "Oi")
    says(ana, talk, "Alguem")
    topics = told_topics(service)
    assert (len(topics), len(set(topics))) == (2, 1)


def test_signing_out_ends_what_was_subscribed_in_a_session_that_ran_out(
    owner: cast.Clerk, service: Receiver
) -> None:
    subscribed(owner, service)
    del owner.client.cookies[settings.SESSION_COOKIE_NAME]
    owner.post("/sign-in", login=owner.login, password=cast.PASSWORD)
    owner.post("/sign-in/code", code=cast.code_of(owner.person))
    assert PushSubscription.objects.count() == 1
    owner.post("/sign-out")
    assert not PushSubscription.objects.exists()
    # What a cookie says is only a name.
    owner.client.cookies["troco-push"] = "\0"
    assert owner.post("/sign-out").status_code == 303


def test_a_browser_is_told_nothing_for_whom_it_was_before(
    owner: cast.Clerk, cashier: cast.Clerk, stranger: cast.Clerk, service: Receiver
) -> None:
    subscribed(owner, service)
    subscribed(cashier, service, "/push/two")
    subscribed(stranger, service)
    told = PushSubscription.objects.order_by("id").values_list("person_id", flat=True)
    assert list(told) == [cashier.person.pk, stranger.person.pk]


def test_whom_staff_shut_out_is_told_nothing(
    owner: cast.Clerk, shop: Shop, ana: consumers.Caller, service: Receiver
) -> None:
    subscribed(owner, service)
    Person.objects.filter(pk=owner.person.pk).update(is_active=False)
    write(ana, shop, "Oi")
    read_feed()
    drain(seconds=20)
    assert service.heard == []


def test_a_restored_database_is_read_from_where_it_stands(
    owner: cast.Clerk, shop: Shop, ana: consumers.Caller, service: Receiver
) -> None:
    browser = subscribed(owner, service)
    PushPlace.objects.update(xid=2**62)
    assert read_feed() == 0
    write(ana, shop, "Oi")
    assert [each["line"] for each in pushed(service, browser)] == ["A new message"]


def test_low_stock_is_told_again_by_the_products_own_threshold(
    owner: cast.Clerk, shop: Shop, bread: Product, ana: consumers.Caller, service: Receiver
) -> None:
    browser = subscribed(owner, service)
    owner.post("/notifications/choices", push=["stock"])
    bread.low_stock_threshold = 0
    for stock, lines in ((1, ["A product runs low"]), (3, []), (1, ["A product runs low"])):
        bread.stock, bread.reserved = stock, 0
        bread.save(update_fields=["stock", "reserved", "low_stock_threshold"])
        wish = [LineWish(bread.public_id, 1)]
        place_order(buyer=ana.person, shop_id=shop.public_id, lines=wish)
        assert [each["line"] for each in pushed(service, browser)] == lines


def test_low_stock_is_told_once_until_there_is_enough(
    owner: cast.Clerk, shop: Shop, bread: Product, ana: consumers.Caller, service: Receiver
) -> None:
    browser = subscribed(owner, service)
    for quantity, lines in ((6, ["A new order", "A product runs low"]), (1, ["A new order"])):
        wish = [LineWish(bread.public_id, quantity)]
        place_order(buyer=ana.person, shop_id=shop.public_id, lines=wish)
        told = pushed(service, browser)
        assert sorted(each["line"] for each in told if "conv" not in each["href"]) == lines


def test_addresses_that_no_push_service_has_are_refused(
    owner: cast.Clerk, service: Receiver
) -> None:
    browser = BrowserKeys()
    for endpoint in (
        "http://push.example/x",
        "https://user@push.example/x",
        "https://push.example:8443/x",
        "https:///x",
        "ftp://push.example",
        "x" * 1001,
        "https://[",
        "https://push.example/\0",
    ):
        fields = {"endpoint": endpoint, "p256dh": browser.p256dh, "auth": browser.auth}
        owner.post("/notifications/browsers", **fields)
    for p256dh, auth in (("A", "B"), (browser.p256dh + "\0", browser.auth)):
        fields = {"endpoint": "https://push.example/x", "p256dh": p256dh, "auth": auth}
        owner.post("/notifications/browsers", **fields)
    assert owner.post("/notifications/browsers", verb="end", browser="\0").status_code == 404
    assert not PushSubscription.objects.exists()


def test_without_a_key_nothing_is_offered(owner: cast.Clerk, settings: Any) -> None:
    settings.TROCO_PUSH_KEY = ""
    assert "data-push" not in owner.body("/notifications/choices")
    browser = BrowserKeys()
    fields = {"endpoint": "https://p.example/x", "p256dh": browser.p256dh, "auth": browser.auth}
    owner.post("/notifications/browsers", **fields)
    assert not PushSubscription.objects.exists()
    assert read_feed() == 0


def test_choices_are_kept_and_narrow_what_is_shown(
    owner: cast.Clerk, shop: Shop, bread: Product, ana: consumers.Caller
) -> None:
    place_order(buyer=ana.person, shop_id=shop.public_id, lines=[LineWish(bread.public_id, 1)])
    assert len(owner.get("/notifications").context["rows"]) == 1
    assert "data-sounds" not in owner.body("/")
    owner.post("/notifications/choices", screen=["payment"], sound=["order", "nonsense"])
    assert len(owner.get("/notifications").context["rows"]) == 0
    assert 'data-sounds="order"' in owner.body("/")
    rows = {row["kind"]: row["ways"] for row in owner.get("/notifications/choices").context["rows"]}
    assert [way["is_on"] for way in rows["order"]] == [False, True, False]
    assert set(rows) == {*FIRST, "refund"}


def test_a_kind_that_came_later_is_told_as_to_somebody_who_never_chose() -> None:
    old = {"screen": ["order"], "sound": ["order"], "push": [], "tells_all": False}
    read = read_choices(old)
    assert sorted(read.screen) == ["order", "refund"]
    assert (list(read.sound), list(read.push)) == (["order"], ["refund"])
    chosen = NewsChoices(frozenset({NewsKind.ORDER}), frozenset(), frozenset())
    assert read_choices(kept_choices(chosen)) == chosen
    assert read_choices({}) == NewsChoices()


def test_what_a_role_is_not_asked_about_stays_as_it_was(cashier: cast.Clerk) -> None:
    cashier.post("/notifications/choices", push=["order"])
    TeamMember.objects.filter(person=cashier.person).update(role=Role.MANAGER)
    rows = cashier.get("/notifications/choices").context["rows"]
    pushes = {row["kind"] for row in rows for way in row["ways"][2:] if way["is_on"]}
    assert pushes == {"order", "stock", "payout"}


def test_the_worker_is_handed_out_for_the_portal(db: None) -> None:
    answer = Client().get("/portal/worker.js")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/javascript; charset=utf-8")
    assert b"showNotification" in answer.content


def test_a_command_makes_a_key(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("make_push_key")
    name, _sign, key = capsys.readouterr().out.strip().partition("=")
    assert (name, len(decoded(key))) == ("TROCO_PUSH_KEY", 32)
    assert len(decoded(public_key_of(new_private_key()))) == 65
