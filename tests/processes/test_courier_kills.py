"""kill -9 of the courier while it carries: nothing is lost, and every endpoint hears in order.

Ana writes to the bakery, whose programs listen at three addresses that answer, one where nobody
listens, and one that never answers. What was on its way when the courier died is told again, with
the same bytes under the same id.
"""

import json
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from tests.merchants.receiver import Heard, Receiver
from tests.processes.bots import Customer, Line, open_line
from tests.processes.cast import Someone
from tests.processes.instance import Instance, wait_until

pytestmark = pytest.mark.processes

logger = logging.getLogger(__name__)

LIVING = ("/a", "/b", "/c")
SIZES = pytest.mark.parametrize(
    ("messages", "kills"), [(40, 1), pytest.param(1500, 12, marks=pytest.mark.long)]
)


@contextmanager
def endpoints(instance: Instance, line: Line) -> Iterator[dict[str, str]]:
    """Let the shop's programs listen; give the secret of each address."""
    living, dead, silent = (f"http://127.0.0.1:{port}" for port in instance.hooks[3:6])
    urls = [*(f"{living}{path}" for path in LIVING), f"{dead}/dead", f"{silent}/silent"]
    path = f"{instance.url}/v1/shop/webhook-endpoints"
    headers = {"Authorization": f"Bearer {line.token}"}
    made = []
    for url in urls:
        body = {"url": url, "events": ["message.created"]}
        reply = httpx.post(path, json=body, headers=headers, timeout=30)
        assert reply.status_code == 201, reply.text
        made.append(reply.json())
    try:
        yield {each["url"].removeprefix(living): each["secret"] for each in made}
    finally:
        for each in made:
            httpx.delete(f"{path}/{each['id']}", headers=headers, timeout=30)


@SIZES
def test_a_killed_courier_loses_and_disorders_nothing(
    instance: Instance, messages: int, kills: int
) -> None:
    line, ana = open_line(instance), Customer(Someone(instance, "Ana"))
    living, silent = Receiver(instance.hooks[3]), Receiver(instance.hooks[5])
    silent.pause = lambda _heard: 3600.0
    living.pause = lambda _heard: 0.02
    try:
        with endpoints(instance, line) as secrets:
            forged = verify_at_once(living, secrets)
            writer = threading.Thread(target=write, args=(ana, messages))
            writer.start()
            for _ in range(kills):
                wait_for_some(living)
                instance.wait_for_others(instance.kill("courier"))
            writer.join()
            wait_until(lambda: has_heard_all(living, messages), "all news", seconds=300)
            for path in LIVING:
                check(living.of(path), messages)
            assert forged == []
    finally:
        living.close()
        silent.close()


def verify_at_once(living: Receiver, secrets: dict[str, str]) -> list[Heard]:
    """Verify what arrives when it does: a signature is old after five minutes."""
    forged: list[Heard] = []

    def answer(heard: Heard) -> int:
        try:
            Webhook(secrets[heard.path]).verify(heard.body, heard.headers)
        except WebhookVerificationError:
            forged.append(heard)
        return 200

    living.answers = answer
    return forged


def write(ana: Customer, messages: int) -> None:
    for number in range(messages):
        ana.say(text=f"Pão nº {number}")


def wait_for_some(living: Receiver) -> None:
    """Wait until more was heard: then the courier is in the middle of it."""
    before = len(living.heard)
    wait_until(lambda: len(living.heard) > before + 5, "some news", seconds=300)
    time.sleep(0.03)


def has_heard_all(living: Receiver, messages: int) -> bool:
    told = [{each.headers["webhook-id"] for each in living.of(path)} for path in LIVING]
    return all(len(ids) == messages for ids in told)


def check(heard: list[Heard], messages: int) -> None:
    """Every message was told, in its order; what was told twice was so with the same bytes."""
    told: list[dict[str, Any]] = [json.loads(each.body) for each in heard]
    words = [each["data"]["message"]["content"]["text"] for each in told]
    numbers = [int(text.rpartition(" ")[2]) for text in words]
    assert numbers == sorted(numbers)
    assert sorted(set(numbers)) == list(range(messages))
    bodies: dict[str, bytes] = {}
    for each in heard:
        assert bodies.setdefault(each.headers["webhook-id"], each.body) == each.body
    logger.info("%d messages, %d told again", messages, len(heard) - messages)
