"""Plays the scenes of talk: our front and web server, and the peer where one is compared."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import cast

from benchmarks.house import House
from benchmarks.serving import front_server, web_server
from benchmarks.talk import group, hear, history, idle, send, synapse, together
from benchmarks.talk.ears import allow_files
from benchmarks.talk.figures import Figure, Plan
from benchmarks.talk.load import Where
from benchmarks.talk.report import show, write
from benchmarks.talk.world import gather

SCENES = ("talk", "idle")
WHOLE = Plan(seconds=3, pairs=3, idle=5_000, group=1_000)
QUICK = Plan(seconds=1.5, pairs=3, idle=5_000, group=200)


def play(house: House, scenes: Sequence[str], *, is_quick: bool, is_written: bool) -> None:
    """Play what was asked for; show each figure as soon as it is known, and write them down."""
    plan = QUICK if is_quick else WHOLE
    figures: list[Figure] = []
    peer = ""
    with _ours(house) as (where, front):
        for name in (each for each in SCENES if each in scenes):
            if name == "talk":
                with synapse.running(house) as running:
                    peer = f"Synapse {running.version}"
                    figures += _shown(name, _talk(plan, house, where, front, running))
            else:
                figures += _shown(name, idle.play(plan, house, where, front, gather(101)))
    if is_written:
        write(figures, SCENES, peer)


@contextmanager
def _ours(house: House) -> Iterator[tuple[Where, int]]:
    """Start the web server and the front before it; yields its address and process id."""
    allow_files()
    with web_server(house.folder) as (path, _master), front_server(path) as (address, front):
        yield cast("Where", address), front


def _talk(
    plan: Plan, house: House, where: Where, front: int, peer: synapse.Peer
) -> Iterator[Figure]:
    phones = gather(64)
    ours = send.our_side(house, where, front, phones)
    # Tables that were just filled would be planned for as if they were empty.
    house.tell("ANALYZE people_device, people_person, people_party, messaging_conversation")
    yield from send.play(plan, ours, send.peer_side(house, peer))
    yield from history.play(plan, where, phones, peer)
    yield from hear.play(plan, house, where, front, phones)
    yield from together.play(plan, house, where)
    yield from group.play(plan, house, where, front, peer)


def _shown(scene: str, found: Iterator[Figure] | list[Figure]) -> list[Figure]:
    figures = []
    for figure in found:
        show(figure)
        figures.append(replace(figure, scene=scene))
    return figures
