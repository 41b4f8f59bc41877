"""kill -9 while people talk: nothing acknowledged is lost, nothing is seen twice, in order.

Two people write into two conversations, each message under its own ``client_id``, and send it
again until it is acknowledged. Carla is in both and listens to the stream, coming back with her
cursor. Meanwhile the front (which is the stream and the hot door), the web and Postgres are
killed. The ordinary run kills each once, the long one 25 times over 10,000 messages.
"""

import http.client
import itertools
import json
import logging
import threading
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import h11
import pytest

from tests.front.serving import Ear
from tests.processes.cast import Someone
from tests.processes.instance import Instance, wait_until

pytestmark = pytest.mark.processes

logger = logging.getLogger(__name__)

WRITERS = 4
KILLED = ("front", "web", "postgres")
SIZES = pytest.mark.parametrize(
    ("messages", "kills", "pause"),
    [(120, 3, 1.0), pytest.param(2500, 25, 3.0, marks=pytest.mark.long)],
)


@dataclass
class Writer:
    """Says its numbers, one after the other, each until it is acknowledged."""

    who: Someone
    talk: str
    name: str
    messages: int
    acknowledged: dict[str, int] = field(default_factory=dict)
    retried: int = 0

    def run(self) -> None:
        for number in range(self.messages):
            client_id = f"{self.name}-{number}"
            for turn in itertools.count():
                seq = self._say(client_id)
                if seq is not None:
                    self.acknowledged[client_id] = seq
                    self.retried += turn
                    break
                time.sleep(0.05)
            time.sleep(0.01)

    def _say(self, client_id: str) -> int | None:
        body = json.dumps({"client_id": client_id, "type": "text", "text": client_id})
        headers = {
            "Authorization": f"Bearer {self.who.api.token}",
            "Content-Type": "application/json",
        }
        path = f"/v1/conversations/{self.talk}/messages"
        wire = http.client.HTTPConnection("127.0.0.1", self.who.instance.port, timeout=10)
        try:
            wire.request("POST", path, body, headers)
            answer = wire.getresponse()
            said = json.loads(answer.read() or b"{}")
        except (OSError, http.client.HTTPException, ValueError):
            return None
        finally:
            wire.close()
        assert answer.status in {200, 201, 503, 500}, said
        return int(said["seq"]) if answer.status < 300 else None


class Listener:
    """Carla's ear, which comes back whenever its stream ends."""

    def __init__(self, who: Someone) -> None:
        headers = {"Authorization": f"Bearer {who.api.token}"}
        self.ear = Ear(who.instance.port, headers)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        wait_until(self.ear.opened.is_set, "an open stream")

    def _run(self) -> None:
        while not self._stop.is_set():
            with suppress(OSError, h11.RemoteProtocolError):
                self.ear.listen(3.0)
            # A refusal while the database is away is no news.
            self.ear.heard[:] = [each for each in self.ear.heard if "kind" in each]
            time.sleep(0.05)

    def heard(self) -> list[dict[str, Any]]:
        return [each["data"] for each in self.ear.heard if each.get("kind") == "message.created"]

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(20)


def talk_with(one: Someone, other: Someone) -> str:
    answer = one.api.call("POST", "/v1/conversations", {"with": [other.party]}, expect=200)
    return str(answer["id"])


@SIZES
def test_killing_loses_doubles_and_disorders_nothing(
    instance: Instance, messages: int, kills: int, pause: float
) -> None:
    ana, bruno, carla = (Someone(instance, name) for name in ("Ana", "Bruno", "Carla"))
    talks = [talk_with(ana, carla), talk_with(bruno, carla)]
    listener = Listener(carla)
    writers = [
        Writer((ana, bruno)[number % 2], talks[number % 2], f"w{number}", messages)
        for number in range(WRITERS)
    ]
    # They would go on for ever after a failure, and keep this process from ending.
    threads = [threading.Thread(target=writer.run, daemon=True) for writer in writers]
    for thread in threads:
        thread.start()
    for name in itertools.islice(itertools.cycle(KILLED), kills):
        time.sleep(pause)
        if any(thread.is_alive() for thread in threads):
            instance.wait_for_others(instance.kill(name))
    for thread in threads:
        thread.join()
    instance.wait_until_ready()
    wanted = WRITERS * messages
    wait_until(lambda: len(listener.heard()) >= wanted, "everything on the stream")
    listener.stop()
    retried = sum(writer.retried for writer in writers)
    logger.info("%d messages, %d kills, %d sent again", wanted, kills, retried)
    for at, talk in enumerate(talks):
        check_talk(instance, talk, [w for n, w in enumerate(writers) if n % 2 == at], listener)


def check_talk(instance: Instance, talk: str, writers: list[Writer], listener: Listener) -> None:
    """Compare what was acknowledged, what is stored and what was heard."""
    stored = instance.rows(
        "SELECT m.client_id, m.seq FROM messaging_message m"
        " JOIN messaging_conversation c ON c.id = m.conversation_id"
        " WHERE c.public_id = %s ORDER BY m.seq",
        talk,
    )
    acknowledged = {name: seq for writer in writers for name, seq in writer.acknowledged.items()}
    assert dict(stored) == acknowledged
    assert [seq for _name, seq in stored] == list(range(1, len(stored) + 1))
    heard = [each for each in listener.heard() if each["conversation"] == talk]
    assert Counter(each["client_id"] for each in heard).most_common(1)[0][1] == 1
    assert [(each["client_id"], each["seq"]) for each in heard] == stored
