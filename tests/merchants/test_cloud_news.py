"""What a program may send as news: as much as a broadcast, and to nobody who wants no more."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections

from core.clock import business_now
from merchants.cloud.ids import wamid
from merchants.models import LineNews, NewsWish, Order, Recipient, Shop
from merchants.services.broadcasts import plan_broadcast, send_due_broadcasts
from merchants.services.news_wishes import hear_stop, wish_for_news
from merchants.services.orders import place_order
from merchants.services.stock import LineWish
from messaging.models import Reaction
from tests.merchants.bot import Bot, digits, write_to
from tests.merchants.cast import Caller, new_product, new_shop
from tests.merchants.test_broadcasts import wish
from tests.merchants.test_cloud_rules import messages, template_in

OFFER = {
    "name": "oferta",
    "language": {"code": "pt_BR"},
    "components": [{"type": "button", "index": "2", "parameters": [{"type": "text", "text": "1"}]}],
}


@pytest.fixture
def bot(shop: Any) -> Bot:
    made = Bot(shop)
    template_in(made, "oferta", "MARKETING")
    template_in(made, "pronto", "UTILITY")
    return made


@pytest.fixture
def talk(bot: Bot, ana: Caller) -> str:
    wish_for_news(shop_id=bot.shop.pk, party_id=ana.person.party_id or 0, is_wanted=True)
    return write_to(bot.shop, ana)


def send(bot: Bot, to: Caller, name: str = "oferta") -> int | None:
    """Send a template; return the number of the refusal, or None."""
    reply = bot.say(digits(to), "template", {**OFFER, "name": name})
    code: int | None = reply.json().get("error", {}).get("code")
    return code


def rest(hours: int = 25) -> None:
    """Let time pass for everything that was sent."""
    for row in LineNews.objects.all():
        row.sent_at -= timedelta(hours=hours)
        row.save()
    for seen in Recipient.objects.filter(reached_at__isnull=False):
        seen.reached_at = (seen.reached_at or business_now()) - timedelta(hours=hours)
        seen.save()


def test_a_customer_gets_one_a_day_and_three_a_week(bot: Bot, ana: Caller, talk: str) -> None:
    heard = []
    for _day in range(5):
        heard.append(send(bot, ana))
        rest()
    assert heard == [None, None, None, 131049, 131049]
    assert send(bot, ana, "pronto") is None
    assert len(messages(bot, talk)) == 1 + 3 + 1
    rest(24 * 7)
    assert send(bot, ana) is None
    assert LineNews.objects.count() == 1


def test_a_refusal_is_shaped_and_sends_nothing(bot: Bot, ana: Caller, talk: str) -> None:
    assert send(bot, ana) is None
    reply = bot.say(digits(ana), "template", OFFER)
    error = reply.json()["error"]
    assert (reply.status_code, error["code"], error["type"]) == (400, 131049, "OAuthException")
    assert error["error_data"]["details"].startswith("The customer has got enough news")
    assert len(messages(bot, talk)) == 2
    assert LineNews.objects.count() == 1


def test_a_broadcast_and_a_template_count_together(
    bot: Bot, ze: Caller, ana: Caller, talk: str
) -> None:
    assert send(bot, ana) is None
    plan_broadcast(shop_id=bot.shop.pk, author=ze.person, text="Pão quente!")
    send_due_broadcasts()
    assert Recipient.objects.get().state == "had_enough"
    rest()
    plan_broadcast(shop_id=bot.shop.pk, author=ze.person, text="De novo!")
    send_due_broadcasts()
    assert Recipient.objects.order_by("id").last().state == "sent"  # type: ignore[union-attr]
    assert send(bot, ana) == 131049


def test_all_shops_together_reach_a_customer_five_times_a_day(
    bot: Bot, ze: Caller, ana: Caller, talk: str
) -> None:
    party_id = ana.person.party_id or 0
    for _shop in range(5):
        other = new_shop(ze.person)
        LineNews.objects.create(shop=other, party_id=party_id, sent_at=business_now())
    assert send(bot, ana) == 131049
    LineNews.objects.order_by("id").first().delete()  # type: ignore[union-attr]
    assert send(bot, ana) is None


def test_whoever_wants_no_more_gets_none_even_where_nobody_has_to_ask(
    bot: Bot, ana: Caller, carla: Caller, settings: Any
) -> None:
    settings.TROCO_CLOUD_MARKETING_OPT_IN = False
    write_to(bot.shop, ana)
    talk = write_to(bot.shop, carla, "Parar", "c2")
    stop = next(each for each in messages(bot, talk) if each.content.get("text") == "Parar")
    hear_stop(message_id=stop.public_id, recipients=str(bot.shop.party_id))
    assert [send(bot, each) for each in (ana, carla)] == [None, 131050]
    assert [row.is_wanted for row in NewsWish.objects.all()] == [False]


def test_a_closed_shop_sends_no_news(bot: Bot, ana: Caller, talk: str) -> None:
    Shop.objects.filter(pk=bot.shop.pk).update(is_open=False, closed_at=business_now())
    assert send(bot, ana) == 131009
    assert LineNews.objects.count() == 0


@pytest.mark.parametrize("what", ["open", "lately", "long ago", "nothing"])
def test_a_closed_shop_tells_those_whose_things_are_open_or_moved_lately(
    bot: Bot, ana: Caller, carla: Caller, talk: str, what: str
) -> None:
    """By a template of a service only; Carla has bought nothing, and is told nothing."""
    write_to(bot.shop, carla, client_id="c9")
    template_in(bot, "codigo", "AUTHENTICATION")
    if what != "nothing":
        bread = new_product(bot.shop)
        lines = [LineWish(bread.public_id, 1)]
        order = place_order(buyer=ana.person, shop_id=bot.shop.public_id, lines=lines)
        age = {"open": timedelta(days=99), "lately": timedelta(days=29)}
        orders = Order.objects.filter(pk=order.pk)
        orders.update(moved_at=business_now() - age.get(what, timedelta(days=31)))
        if what != "open":
            orders.update(state="cancelled")
    Shop.objects.filter(pk=bot.shop.pk).update(is_open=False, closed_at=business_now())
    is_told = what in {"open", "lately"}
    assert send(bot, ana, "pronto") == (None if is_told else 131009)
    assert send(bot, carla, "pronto") == 131009
    assert send(bot, ana, "codigo") == 131009
    assert len(messages(bot, talk)) == 1 + is_told + (what != "nothing")


def test_a_closed_shops_program_says_no_more_than_what_became_of_things(
    bot: Bot, ana: Caller, talk: str
) -> None:
    before = len(messages(bot, talk))
    Shop.objects.filter(pk=bot.shop.pk).update(is_open=False, closed_at=business_now())
    refused = bot.say(digits(ana), "text", {"body": "Fechamos"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (400, 131009)
    asked = messages(bot, talk)[0]
    felt = bot.say(digits(ana), "reaction", {"message_id": wamid(asked.public_id), "emoji": "👍"})
    assert (felt.status_code, felt.json()["error"]["code"]) == (400, 131009)
    assert (len(messages(bot, talk)), Reaction.objects.count()) == (before, 0)


def test_a_marketing_template_says_how_to_end_it(bot: Bot, ana: Caller, talk: str) -> None:
    assert send(bot, ana) is None
    shown = messages(bot, talk)[-1].content
    assert shown["stop"] == f"/v1/shops/{bot.shop.public_id}/news"
    wish(ana, f"/v1/shops/{bot.shop.public_id}", wanted=False)
    assert send(bot, ana) == 131050


@pytest.mark.django_db(transaction=True)
def test_two_at_once_are_one(shop: Any, ana: Caller) -> None:
    bot = Bot(shop)
    template_in(bot, "oferta", "MARKETING")
    wish_for_news(shop_id=shop.pk, party_id=ana.person.party_id or 0, is_wanted=True)
    write_to(shop, ana)
    heard: list[int | None] = []
    gate = threading.Barrier(4)

    def race() -> None:
        gate.wait()
        heard.append(send(bot, ana))
        connections.close_all()

    racers = [threading.Thread(target=race) for _ in range(4)]
    for each in racers:
        each.start()
    for each in racers:
        each.join()
    assert sorted(heard, key=str) == [131049, 131049, 131049, None]
