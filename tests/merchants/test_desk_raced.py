"""A customer writes at the moment in which the team does something with their conversation."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from core.transactions import owns_block
from merchants.services.broadcasts import plan_broadcast, send_due_broadcasts
from merchants.services.desk import assign_talk
from merchants.services.news_wishes import wish_for_news
from merchants.services.webhooks import queue_event
from messaging.services.access import lock_conversation
from people.models import Person
from tests.front.serving import wait_until
from tests.merchants.bot import Bot, write_to
from tests.merchants.cast import Caller

pytestmark = pytest.mark.django_db(transaction=True)

_WAITING = """
SELECT pg_stat_clear_snapshot(), count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)
 WHERE NOT granted AND datname = current_database()
"""


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_WAITING)
        return bool(cursor.fetchone()[1])


def hold_while(shop: Any, talk: str, is_held: threading.Event) -> None:
    """Hold a conversation, as a message does until its news is owed; somebody waits for it."""
    with owns_block():
        lock_conversation(party_id=shop.party_id, public_id=talk)
        is_held.set()
        wait_until(somebody_waits, seconds=20)
        queue_event(
            shop_id=shop.pk, kind="message.sent", ref="msg_x", payload_maker=lambda: {"a": 1}
        )


def assign(shop: Any, talk: str, ze: Person) -> None:
    assign_talk(shop_id=shop.pk, actor=ze, conversation_id=talk, login=ze.login)


def broadcast(_shop: Any, _talk: str, _ze: Person) -> None:
    assert send_due_broadcasts() == 1


@pytest.mark.parametrize("work", [assign, broadcast])
def test_a_message_and_the_team_do_not_wait_for_each_other(
    shop: Any, ze: Caller, ana: Caller, in_threads: Any, work: Callable[[Any, str, Person], None]
) -> None:
    talk = write_to(shop, ana)
    wish_for_news(shop_id=shop.pk, party_id=ana.person.party_id or 0, is_wanted=True)
    plan_broadcast(shop_id=shop.pk, author=ze.person, text="Pão quente!")
    Bot(shop).listen("https://padaria.example/hook")
    is_held = threading.Event()

    def team() -> None:
        assert is_held.wait(20)
        work(shop, talk, ze.person)

    assert in_threads(lambda: hold_while(shop, talk, is_held), team) == [None, None]
