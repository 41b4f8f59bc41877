"""Hints by Redis: news come at once without NOTIFY, and all the same when Redis is away."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from redis import Redis

from config import hints
from config.asgi import make_front
from messaging.services.typing import CHANNEL
from tests.front.serving import Ear, listening, serve, wait_until
from tests.messaging.cast import Phone, settle_feed
from tests.processes.brokers import REDIS_PROGRAM, RedisServer

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not REDIS_PROGRAM, reason="redis-server is not installed"),
]


@pytest.fixture
def redis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path)
    server.start()
    monkeypatch.setattr(settings, "CHANNEL_URL", server.url)
    hints.install()
    yield server
    monkeypatch.undo()
    hints.install()
    server.stop()


@pytest.fixture
def port(transactional_db: None, redis: RedisServer) -> Iterator[int]:
    with serve(make_front("")) as port:
        yield port


def test_news_come_by_redis_and_without_it(
    port: int,
    redis: RedisServer,
    ana: Phone,
    bruno: Phone,
    talk: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # What is read without a hint would come too late for the first part.
    monkeypatch.setattr("messaging.api.stream.tail.POLL_SECONDS", 4.0)
    settle_feed()
    headers = {"Authorization": f"Bearer {bruno.token}"}
    with listening(Ear(port, headers)) as brunos:
        for number in range(3):
            ana.say(talk, f"{number}", f"{number}")
            wait_until(lambda number=number: len(brunos.texts()) == number + 1, seconds=3)
        redis.lose()
        ana.say(talk, "3", "3")
        wait_until(lambda: len(brunos.texts()) == 4, seconds=8)
        redis.start()
        wait_until(lambda: heard_soon(ana, brunos, talk), seconds=20)
    assert brunos.texts() == [f"{number}" for number in range(len(brunos.texts()))]


def test_typing_is_heard_by_redis(
    port: int, redis: RedisServer, ana: Phone, bruno: Phone, talk: str
) -> None:
    settle_feed()
    with listening(Ear(port, {"Authorization": f"Bearer {bruno.token}"})) as brunos:
        # Whoever subscribes hears what is said from then on.
        wait_until(lambda: says_to_ears(redis), seconds=10)
        assert ana.post(f"conversations/{talk}/typing", {"typing": True}).status_code == 204
        wait_until(lambda: "typing" in brunos.kinds(), seconds=10)
    typed = [each["data"]["party"] for each in brunos.heard if each["kind"] == "typing"]
    assert typed == [ana.party.public_id]


def says_to_ears(redis: RedisServer) -> bool:
    """Tell whether the front listens to whispers."""
    with Redis.from_url(redis.url) as client:
        return bool(client.pubsub_numsub(CHANNEL)[0][1])


def heard_soon(ana: Phone, brunos: Ear, talk: str) -> bool:
    """Say one more, and tell whether it was heard long before the next poll."""
    number = len(brunos.texts())
    ana.say(talk, f"{number}", f"{number}")
    try:
        wait_until(lambda: len(brunos.texts()) > number, seconds=1)
    except AssertionError:
        wait_until(lambda: len(brunos.texts()) > number, seconds=8)
        return False
    return True
