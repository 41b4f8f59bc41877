"""One message to everybody of a large group: how long it takes, and what it writes."""

import json
import socket
import time

from benchmarks.house import House
from benchmarks.serving import read_answer
from benchmarks.talk.ears import Ears
from benchmarks.talk.figures import Figure, Goal, Plan, alone
from benchmarks.talk.hear import NAME
from benchmarks.talk.load import Make, Where
from benchmarks.talk.world import gather, saying
from messaging.services.groups import create_group
from messaging.services.writing import Sender

MESSAGES = 20
ROWS = Goal(1, 1, is_less=True, unit="row")
_PATIENCE_SECONDS = 20.0


def play(plan: Plan, house: House, where: Where) -> list[Figure]:
    """Return how long a message takes to everybody of a large group, and what it writes."""
    everybody = gather(plan.group)
    owner = Sender(everybody[0].party_id, None)
    group = create_group(
        actor=owner, title="Everybody", others=[each.party for each in everybody[1:]]
    ).public_id
    heard: dict[bytes, list[float]] = {}

    def hear(_stream: int, data: bytes) -> None:
        now = time.perf_counter()
        for name in NAME.findall(data):
            heard.setdefault(name, []).append(now)

    ears = Ears(where, hear)
    ears.open(everybody[1:])
    ears.listen()
    rows = _rows(house)
    make = saying(everybody[0], group)
    times = [_to_all(where, make, heard, len(everybody) - 1) for _ in range(MESSAGES)]
    written = (_rows(house) - rows) / MESSAGES
    ears.close()
    name = f"a group of {plan.group}"
    return [
        alone(f"{name}: all have heard", "ms", [round(each * 1000, 1) for each in times], None),
        alone(f"{name}: rows of news for a message", "rows", [written], ROWS),
    ]


def _to_all(where: Where, make: Make, heard: dict[bytes, list[float]], count: int) -> float:
    """Say something and return the seconds until it was heard so many times."""
    request = make()
    name = json.loads(request.partition(b"\r\n\r\n")[2])["client_id"].encode()
    with socket.create_connection(where, timeout=30) as wire:
        started = time.perf_counter()
        wire.sendall(request)
        read_answer(wire)
    until = started + _PATIENCE_SECONDS
    while len(heard.get(name, ())) < count and time.perf_counter() < until:
        time.sleep(0.002)
    return max(heard.get(name, [until])) - started


def _rows(house: House) -> int:
    return int(house.ask("SELECT count(*) FROM messaging_feedrow"))
