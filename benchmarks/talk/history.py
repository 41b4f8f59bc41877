"""Reading the newest fifty messages of a conversation."""

from collections.abc import Sequence
from statistics import median
from typing import Any

from benchmarks.talk.figures import Figure, Goal, Plan, beside
from benchmarks.talk.load import Where, press
from benchmarks.talk.synapse import Peer
from benchmarks.talk.synapse import reading as peer_reading
from benchmarks.talk.synapse import saying as peer_saying
from benchmarks.talk.world import Phone, reading, saying, talk_of

GOAL = Goal(15, 8)
CLIENTS = 4
_FILL_SECONDS = 1.0
_PEER_FILL_SECONDS = 3.0


def play(plan: Plan, where: Where, phones: Sequence[Phone], peer: Peer) -> list[Figure]:
    """Return how often a second four readers get them, ours and the peer's."""
    talk = talk_of(phones[-1], phones[-2])
    press(where, [saying(phones[-1], talk)], _FILL_SECONDS)
    owner, other = peer.join("reader"), peer.join("writer")
    room = peer.open_room(owner, other)
    press(peer.where, [peer_saying(owner, room) for _ in range(4)], _PEER_FILL_SECONDS)
    ours, theirs = reading(phones[-1], talk), peer_reading(owner, room)
    runs = [
        (
            press(where, [ours] * CLIENTS, plan.seconds),
            press(peer.where, [theirs] * CLIENTS, plan.seconds),
        )
        for _ in range(plan.pairs)
    ]
    notes: dict[str, Any] = {
        "p99 ms": median(mine.p99_ms for mine, _ in runs),
        "peer's p99 ms": median(its.p99_ms for _, its in runs),
        "refused": sum(mine.refused + its.refused for mine, its in runs),
    }
    pairs = [(mine.per_second, its.per_second) for mine, its in runs]
    return [beside(f"history of 50, {CLIENTS} clients", "/s", pairs, GOAL, **notes)]
