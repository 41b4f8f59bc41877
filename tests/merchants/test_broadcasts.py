"""News of a shop: only to those who asked for it, within caps, once, and stopped by one word."""

from datetime import timedelta
from typing import Any

import pytest

from core.clock import business_now
from merchants.models import Broadcast, NewsWish, Recipient, Shop
from merchants.services import broadcasts
from merchants.tasks import send_broadcasts
from messaging.models import Message
from messaging.services.messages import post_snapshot
from people.services.blocks import block
from tests.merchants.cast import Caller, facts, join
from tests.merchants.test_answering_talk import write
from tests.merchants.test_desk import put

pytestmark = pytest.mark.django_db


@pytest.fixture
def base(shop: Shop) -> str:
    return f"/v1/shops/{shop.public_id}"


def wish(caller: Caller, base: str, *, wanted: bool = True) -> None:
    assert put(caller, f"{base}/news", {"wanted": wanted}).json() == {"wanted": wanted}


def plan(ze: Caller, base: str, key: str = "k-1", **more: Any) -> Any:
    return ze.post(f"{base}/broadcasts", {"text": "Bolo de milho!", **more}, key=key)


def party_of(caller: Caller) -> int:
    assert caller.person.party is not None
    return caller.person.party.pk


def rest() -> None:
    """Let a day pass for everything that was sent and planned."""
    earlier = business_now() - timedelta(hours=25)
    Broadcast.objects.update(starts_at=earlier)
    for row in Recipient.objects.filter(reached_at__isnull=False):
        row.reached_at = row.reached_at and row.reached_at - timedelta(hours=25)
        row.save()


def test_only_those_who_asked_get_it_once(
    ze: Caller, ana: Caller, carla: Caller, shop: Shop, base: str
) -> None:
    wish(ana, base)
    wish(carla, base)
    wish(carla, base, wanted=False)
    first, again = plan(ze, base), plan(ze, base)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert send_broadcasts() == 1
    assert send_broadcasts() == 0
    message = Message.objects.get(kind="broadcast")
    assert message.content == {
        "broadcast": first.json()["id"],
        "text": "Bolo de milho!",
        "shop": shop.public_id,
        "stop": f"{base}/news",
    }
    assert message.sender_id == shop.party_id
    shown = ze.get(f"{base}/broadcasts/{first.json()['id']}").json()
    assert shown["state"] == "done"
    assert {key: n for key, n in shown["counts"].items() if n} == {"sent": 1}
    listed = ze.get(f"{base}/broadcasts").json()
    assert (listed["data"], listed["audience"]) == ([shown], 1)
    # The one tap of the message.
    assert put(ana, message.content["stop"], {"wanted": False}).status_code == 200
    assert ana.get(f"{base}/news").json() == {"wanted": False}


def test_a_stop_word_ends_it(ze: Caller, ana: Caller, shop: Shop, base: str) -> None:
    wish(ana, base)
    write(ana, shop, "a-1", "Não quero parar de comer pão")
    assert NewsWish.objects.get().is_wanted
    write(ana, shop, "a-2", " PARAR. ")
    assert not NewsWish.objects.get().is_wanted
    plan(ze, base)
    assert send_broadcasts() == 0


def test_a_wish_that_ends_while_it_is_sent_counts(
    ze: Caller, ana: Caller, carla: Caller, base: str, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    lia = join("Lia")
    for caller in (ana, carla, lia):
        wish(caller, base)
    plan(ze, base)
    monkeypatch.setattr(broadcasts, "AT_ONCE", 1)
    assert send_broadcasts() == 1
    wish(carla, base, wanted=False)
    block(party_id=party_of(lia), other_public_id=facts(shop).party_public_id)
    assert [send_broadcasts(), send_broadcasts(), send_broadcasts()] == [1, 1, 0]
    states = list(Recipient.objects.order_by("id").values_list("state", flat=True))
    assert states == ["sent", "opted_out", "unreachable"]


def test_a_process_that_dies_reaches_nobody_twice(
    ze: Caller, ana: Caller, carla: Caller, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wish(ana, base)
    wish(carla, base)
    plan(ze, base)

    class Killed(BaseException):
        pass

    real = post_snapshot

    def dies(**asked: Any) -> Any:
        real(**asked)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(broadcasts, "post_snapshot", dies)
        with pytest.raises(Killed):
            send_broadcasts()
    assert Message.objects.count() == 0
    assert list(Recipient.objects.values_list("state", flat=True)) == ["waiting"] * 2
    assert send_broadcasts() == 2
    assert Message.objects.filter(kind="broadcast").count() == 2


def test_a_customer_gets_one_a_day_and_three_a_week(ze: Caller, ana: Caller, base: str) -> None:
    wish(ana, base)
    for number in range(5):
        assert plan(ze, base, key=f"k-{number}").status_code == 201
        send_broadcasts()
        if number:
            rest()
    states = list(Recipient.objects.order_by("id").values_list("state", flat=True))
    assert states == ["sent", "had_enough", "sent", "sent", "had_enough"]


def test_a_shop_sends_two_a_day(ze: Caller, base: str) -> None:
    assert plan(ze, base, key="1").status_code == 201
    second = plan(ze, base, key="2")
    assert second.status_code == 201
    third = plan(ze, base, key="3")
    assert (third.status_code, third.json()["code"]) == (422, "broadcast_limit_reached")
    later = (business_now() + timedelta(hours=30)).isoformat()
    assert plan(ze, base, key="4", starts_at=later).status_code == 201
    path = f"{base}/broadcasts/{second.json()['id']}/cancel"
    assert ze.post(path).json()["state"] == "cancelled"
    assert plan(ze, base, key="5").status_code == 201


def test_a_planned_one_waits_and_may_be_stopped(ze: Caller, ana: Caller, base: str) -> None:
    wish(ana, base)
    later = (business_now() + timedelta(hours=2)).isoformat()
    planned = plan(ze, base, starts_at=later).json()
    assert planned["state"] == "scheduled"
    assert send_broadcasts() == 0
    path = f"{base}/broadcasts/{planned['id']}/cancel"
    assert [ze.post(path).json()["state"] for _ in range(2)] == ["cancelled"] * 2
    Broadcast.objects.update(starts_at=business_now())
    assert send_broadcasts() == 0
    plan(ze, base, key="k-2")
    send_broadcasts()
    done = Broadcast.objects.get(state="done")
    refused = ze.post(f"{base}/broadcasts/{done.public_id}/cancel")
    assert (refused.status_code, refused.json()["code"]) == (409, "state_conflict")


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ({"text": ""}, "input_invalid"),
        ({"text": "x" * 1025}, "input_invalid"),
        ({"starts_at": "2099-01-01T00:00:00Z"}, "input_invalid"),
        ({"audience": "all"}, "unknown_field"),
    ],
)
def test_a_bad_broadcast_is_not_kept(ze: Caller, base: str, bad: dict[str, Any], code: str) -> None:
    answer = plan(ze, base, **bad)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert Broadcast.objects.count() == 0
    missing = ze.post(f"{base}/broadcasts", {"text": "x"})
    assert (missing.status_code, missing.json()["code"]) == (400, "idempotency_key_missing")


def test_news_of_an_unknown_shop_are_not_there(ana: Caller) -> None:
    assert ana.get("/v1/shops/mer_unknown/news").status_code == 404
    assert put(ana, "/v1/shops/mer_unknown/news", {"wanted": True}).status_code == 404
    assert NewsWish.objects.count() == 0
