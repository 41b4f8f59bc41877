"""Addresses that a program names, and that take their time: they hold few threads, and not all."""

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections

from tests.front.serving import wait_until
from tests.merchants.bot import Bot, digits, write_to
from tests.merchants.cast import Caller, new_shop
from tests.merchants.receiver import Receiver, listening


def show(bot: Bot, ana: Caller, receiver: Receiver) -> Any:
    """Have a bot show what an address gives; return the status, the number, when to try again."""
    try:
        reply = bot.say(digits(ana), "document", {"link": f"{receiver.origin}/list.txt"})
    finally:
        connections.close_all()
    number = reply.json().get("error", {}).get("code")
    return reply.status_code, number, reply.headers.get("Retry-After")


def test_slow_addresses_hold_two_threads_of_a_shop_and_four_in_all(
    transactional_db: None,
    shop: Any,
    ze: Caller,
    ana: Caller,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # However slow the machine is, nobody's patience ends before the answers come.
    monkeypatch.setattr("merchants.cloud.files.LINK_SECONDS", 600.0)
    bots = [Bot(shop), Bot(new_shop(ze.person, "Outra")), Bot(new_shop(ze.person, "Terceira"))]
    for turn, bot in enumerate(bots):
        write_to(bot.shop, ana, client_id=f"c{turn}")
    answers, busy = threading.Event(), (429, 130429, "1")
    with listening(settings) as receiver, ThreadPoolExecutor(4) as pool:
        receiver.pause = lambda _heard: float(not answers.wait(300))
        slow = []
        for bot in bots[:2]:
            slow += [pool.submit(show, bot, ana, receiver) for _ in range(2)]
            wait_until(lambda: len(receiver.heard) == len(slow), seconds=60)  # noqa: B023 - At once.
            assert show(bot, ana, receiver) == busy
        assert show(bots[2], ana, receiver) == busy
        callback = {"override_callback_uri": f"{receiver.origin}/hook", "verify_token": "x"}
        told = {"webhook_configuration": callback}
        assert bots[2].call("POST", str(bots[2].phone), told).status_code == 429
        answers.set()
        assert [each.result() for each in slow] == [(200, None, None)] * 4
        assert show(bots[2], ana, receiver) == (200, None, None)
