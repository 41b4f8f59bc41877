"""The pages for developers: keys, the number, endpoints, their log, and the log of calls."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core.clock import wall_now
from merchants.enums import KeyScope
from merchants.models import ShopCall, ShopKey, WebhookEndpoint
from merchants.services.courier import Courier
from merchants.services.endpoints import Wish, make_endpoint
from merchants.services.keys import forget_old_calls, make_key
from merchants.services.lines import open_line
from merchants.services.orders import place_order
from merchants.services.stock import LineWish
from merchants.services.webhooks import send_test
from people.models import AuditEntry
from tests.merchants import cast as consumers
from tests.merchants.hook import hooked
from tests.merchants.receiver import Receiver, listening
from tests.portal import cast

pytestmark = pytest.mark.django_db
HOOKS = "/developers/webhooks"


@pytest.fixture
def receiver(settings: Any) -> Iterator[Receiver]:
    with listening(settings) as heard:
        yield heard


def secret_in(answer: Any, begins: str) -> str:
    """Return the secret that a page shows, which no browser may keep."""
    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    found = re.search(rf'data-copy="({begins}[^"]+)"', answer.content.decode())
    assert found is not None
    return found[1]


def call_events(secret: str) -> int:
    answer = Client().get("/v1/shop/events", headers={"Authorization": f"Bearer {secret}"})
    return int(answer.status_code)


def new_key(owner: cast.Clerk, **more: Any) -> str:
    form = {"name": "Bot", "scopes": ["webhooks"], "code": cast.code_of(owner.person), **more}
    return secret_in(owner.post("/developers/keys/new", **form), "sk_test_")


def cost(clerk: cast.Clerk, path: str) -> int:
    with CaptureQueriesContext(connection) as asked:
        assert clerk.get(path).status_code == 200
    return len(asked)


def test_a_key_is_shown_once_and_opens_what_was_chosen(owner: cast.Clerk, shop: Any) -> None:
    assert "No keys yet" in owner.body("/developers")
    secret = new_key(owner)
    assert call_events(secret) == 200
    page = owner.body("/developers")
    assert secret not in page
    assert f"sk_test_…{secret[-4:]}" in page
    key = ShopKey.objects.get()
    assert (key.name, key.scopes, key.made_by) == ("Bot", ["webhooks"], owner.person)


def test_a_key_without_a_scope_or_a_fresh_code_is_not_made(owner: cast.Clerk) -> None:
    code = cast.code_of(owner.person)
    wrong = (
        {"name": "Bot", "scopes": ["webhooks"], "code": "000000" if code != "000000" else "000001"},
        {"name": "Bot", "code": code},
        {"name": "", "scopes": ["webhooks"], "code": code},
        {"name": "Bot", "scopes": ["everything"], "code": code},
    )
    for form in wrong:
        answer = owner.post("/developers/keys/new", **form)
        assert answer.status_code == 422
        assert "sk_test_" not in answer.content.decode()
    assert ShopKey.objects.count() == 0


def test_a_rolled_key_opens_beside_the_new_one_until_its_time_is_over(owner: cast.Clerk) -> None:
    old = new_key(owner)
    key = ShopKey.objects.get()
    path = f"/developers/keys/{key.public_id}"
    form = {"verb": "roll", "overlap": "24", "code": cast.code_of(owner.person)}
    new = secret_in(owner.post(path, **form), "sk_test_")
    assert (call_events(old), call_events(new)) == (200, 200)
    again = owner.post(path, **{**form, "code": cast.code_of(owner.person)})
    assert again.status_code == 422
    ShopKey.objects.filter(pk=key.pk).update(ends_at=wall_now() - timedelta(seconds=1))
    assert (call_events(old), call_events(new)) == (401, 200)
    assert owner.get(path).status_code == 404
    actions = AuditEntry.objects.filter(action__startswith="shop_key.").order_by("id")
    assert list(actions.values_list("action", flat=True)) == ["shop_key.made", "shop_key.rolled"]


def test_an_ended_key_opens_nothing(owner: cast.Clerk) -> None:
    secret = new_key(owner)
    key = ShopKey.objects.get()
    path = f"/developers/keys/{key.public_id}"
    assert owner.post(path, verb="end", code="12").status_code == 422
    assert call_events(secret) == 200
    ended = owner.post(path, verb="end", code=cast.code_of(owner.person))
    assert (ended.status_code, ended["Location"]) == (303, "/portal/developers")
    assert call_events(secret) == 401


def test_the_request_log_tells_calls_and_never_what_was_in_them(
    owner: cast.Clerk, shop: Any, stranger: cast.Clerk
) -> None:
    secret = make_key(shop_id=shop.pk, actor=None, name="Caixa", scopes=[KeyScope.MESSAGES]).secret
    assert call_events(secret) == 403
    line = open_line(shop_id=shop.pk, actor=None).line
    told = Client().get(f"/cloud/v21.0/{line.phone_number}?access_token={secret}")
    assert told.status_code == 200
    page = owner.body("/developers/requests")
    assert "/v1/shop/events" in page
    assert f"/cloud/v21.0/{line.phone_number}" in page
    assert secret not in page
    refused = owner.body("/developers/requests", show="refused")
    assert "/v1/shop/events" in refused
    assert "/cloud/" not in refused
    assert "/v1/shop/events" not in stranger.body("/developers/requests")
    ShopCall.objects.update(at=wall_now() - timedelta(days=8))
    assert forget_old_calls() == 2
    assert "No calls yet" in owner.body("/developers/requests")


def test_an_endpoint_is_made_tested_and_its_delivery_looked_at(
    transactional_db: None, owner: cast.Clerk, shop: Any, receiver: Receiver
) -> None:
    url = f"{receiver.origin}/news"
    form = {"url": url, "dialect": "standard", "code": cast.code_of(owner.person)}
    secret_in(owner.post(f"{HOOKS}/new", **form), "whsec_")
    endpoint = WebhookEndpoint.objects.get()
    path = f"{HOOKS}/{endpoint.public_id}"
    assert owner.post(path, verb="test").status_code == 303
    courier = Courier()
    courier.run_until_idle()
    courier.close(5)
    log = owner.get(path)
    (row,) = log.context["listing"].rows
    assert (row["kind"], row["state"], row["http_status"]) == ("endpoint.test", "delivered", 200)
    one = f"{path}/deliveries/{row['id']}"
    page = owner.body(one)
    assert row["event"] in page
    assert "endpoint.test" in page
    assert owner.post(one).status_code == 303
    assert owner.rows(path)[0]["state"] == "aside"
    assert owner.rows(path, state="delivered") == []


def test_an_endpoint_is_changed_rotated_stopped_started_and_removed(
    owner: cast.Clerk, shop: Any
) -> None:
    made = make_endpoint(shop_id=shop.pk, actor=None, wish=Wish(url="https://a.example/x"))
    path = f"{HOOKS}/{made.endpoint.public_id}"
    changed = owner.post(path, verb="change", url="https://b.example/y", kinds=["order.paid"])
    assert changed.status_code == 303
    wrong = owner.post(path, verb="change", url="http://127.0.0.1:22/")
    assert wrong.status_code == 422
    rotated = owner.post(path, verb="rotate", overlap="1", code=cast.code_of(owner.person))
    assert secret_in(rotated, "whsec_") != made.secret
    assert owner.post(path, verb="rotate", overlap="1", code="1").status_code == 422
    endpoint = WebhookEndpoint.objects.get()
    assert (endpoint.url, endpoint.kinds) == ("https://b.example/y", ["order.paid"])
    for verb, state in (("stop", "disabled"), ("start", "enabled"), ("remove", "removed")):
        assert owner.post(path, verb=verb).status_code == 303
        endpoint.refresh_from_db()
        assert endpoint.state == state
    assert owner.get(path).status_code == 404
    assert owner.post(path, verb="test").status_code == 404


def test_what_was_missed_is_sent_again(
    owner: cast.Clerk, shop: Any, ana: consumers.Caller, bread: Any
) -> None:
    early = make_endpoint(shop_id=shop.pk, actor=None, wish=Wish(url="https://a.example/x"))
    place_order(buyer=ana.person, shop_id=shop.public_id, lines=[LineWish(bread.public_id, 1)])
    late = make_endpoint(shop_id=shop.pk, actor=None, wish=Wish(url="https://b.example/x"))
    path = f"{HOOKS}/{late.endpoint.public_id}"
    assert owner.rows(path) == []
    assert owner.post(path, verb="replay", hours="1").status_code == 303
    sent = [row["kind"] for row in owner.rows(path)]
    first = owner.rows(f"{HOOKS}/{early.endpoint.public_id}")
    assert sent == [row["kind"] for row in first] != []


def test_a_bots_address_answers_for_itself_before_it_hears(
    transactional_db: None, owner: cast.Clerk, shop: Any, settings: Any
) -> None:
    def form(origin: str, token: str) -> dict[str, str]:
        return {
            "url": f"{origin}/bot",
            "dialect": "cloud",
            "verify_token": token,
            "code": cast.code_of(owner.person),
        }

    with hooked(settings, lambda t, c: (c if t == "right" else "no", 200), lambda *_: 200) as bot:
        assert owner.post(f"{HOOKS}/new", **form(bot, "right"))["Location"].endswith("/number")
        opened = owner.post("/developers/number", code=cast.code_of(owner.person))
        assert len(secret_in(opened, "[0-9a-f]{10}")) == 32
        assert owner.post(f"{HOOKS}/new", **form(bot, "wrong")).status_code == 422
        assert owner.post(f"{HOOKS}/new", **form(bot, "right")).status_code == 303
    (row,) = owner.get(HOOKS).context["endpoints"]
    assert (row["is_cloud"], row["state"]) == (True, "enabled")
    path = f"{HOOKS}/{row['id']}"
    assert f"{row['url']}" in owner.body("/developers/number")
    assert owner.post(path, verb="stop").status_code == 404
    assert owner.post(path, verb="remove").status_code == 303
    assert owner.get(HOOKS).context["endpoints"] == []


def test_a_neighbours_things_and_unknown_ones_are_the_same(
    owner: cast.Clerk, stranger: cast.Clerk, shop: Any
) -> None:
    endpoint = make_endpoint(shop_id=shop.pk, actor=None, wish=Wish(url="https://a.example/x"))
    delivery = send_test(shop_id=shop.pk, endpoint_id=endpoint.endpoint.public_id)
    key = make_key(shop_id=shop.pk, actor=None, name="Bot", scopes=[KeyScope.ORDERS]).key
    hook = f"{HOOKS}/{endpoint.endpoint.public_id}"
    for path in (
        f"/developers/keys/{key.public_id}",
        hook,
        f"{hook}/deliveries/{delivery.public_id}",
    ):
        assert owner.get(path).status_code == 200
        code = cast.code_of(stranger.person)
        for answer in (stranger.get(path), stranger.post(path, verb="end", code=code)):
            assert answer.status_code == 404
    assert owner.get(f"{hook}/deliveries/dlv_unknown").status_code == 404
    key.refresh_from_db()
    assert key.revoked_at is None


def test_each_page_asks_as_much_for_one_row_as_for_three(owner: cast.Clerk, shop: Any) -> None:
    endpoint = make_endpoint(shop_id=shop.pk, actor=None, wish=Wish(url="https://a.example/x"))
    hook = f"{HOOKS}/{endpoint.endpoint.public_id}"
    pages = ("/developers", "/developers/requests", HOOKS, hook)

    def more(number: int) -> None:
        made = make_key(shop_id=shop.pk, actor=None, name=f"Bot {number}", scopes=list(KeyScope))
        call_events(made.secret)
        send_test(shop_id=shop.pk, endpoint_id=endpoint.endpoint.public_id)

    more(0)
    owner.get("/developers")
    frame = cost(owner, "/help")
    first = {path: cost(owner, path) - frame for path in pages}
    more(1)
    more(2)
    make_endpoint(shop_id=shop.pk, actor=None, wish=Wish(url="https://b.example/x"))
    assert {path: cost(owner, path) - frame for path in pages} == first
    assert first == {"/developers": 1, "/developers/requests": 3, HOOKS: 1, hook: 5}
