"""Joining, sending and leaving at once: the numbers have no gap, and nobody reads too much."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from core.errors import TrocoError
from messaging.models import Conversation, Member, Message
from messaging.queries import history, updates
from messaging.services.groups import add_members, remove_member
from messaging.services.messages import send_message
from tests.messaging.cast import Phone, make_phone, settle_feed
from tests.messaging.test_groups import make_group, set_role

pytestmark = pytest.mark.django_db(transaction=True)

TURNS = 12


def leave(who: Phone, group: str) -> None:
    remove_member(actor=who.sender, conversation_id=group, party=who.party.public_id)


def patient(work: Callable[[int], Any]) -> Callable[[], int]:
    """Return work done in turns; a refusal is an answer too. It counts what was done."""

    def run() -> int:
        done = 0
        for turn in range(TURNS):
            try:
                work(turn)
            except TrocoError:
                continue
            done += 1
        return done

    return run


def test_who_comes_and_goes_while_others_speak_reads_exactly_their_time(
    ana: Phone, bruno: Phone, carla: Phone, in_threads: Any
) -> None:
    group = make_group(ana, bruno)
    names = itertools.count()

    def speak(who: Phone) -> Callable[[int], Any]:
        return lambda turn: send_message(
            sender=who.sender,
            conversation_id=group,
            client_id=f"{who.number}-{turn}-{next(names)}",
            kind="text",
            content={"text": f"{turn}"},
        )

    done = in_threads(
        patient(speak(ana)),
        patient(speak(bruno)),
        patient(speak(carla)),
        patient(
            lambda _turn: add_members(
                actor=ana.sender, conversation_id=group, others=[carla.party.public_id]
            )
        ),
        patient(lambda _turn: leave(carla, group)),
    )
    assert done[:2] == [TURNS, TURNS]
    talk = Conversation.objects.get(public_id=group)
    seqs = list(Message.objects.order_by("seq").values_list("seq", flat=True))
    assert seqs == list(range(1, talk.last_seq + 1))
    places = Member.objects.filter(conversation=talk)
    assert talk.member_count == places.filter(left_seq__isnull=True).count()
    settle_feed()
    place = places.get(party_id=carla.party.id)
    last = talk.last_seq if place.left_seq is None else place.left_seq
    expected = list(range(place.joined_seq + 1, last + 1))
    assert [
        row.seq for row in history(carla.party.id, group, after_seq=0, limit=200)[0]
    ] == expected
    told = updates(carla.party.id, None, 500).items
    assert [i.payload["seq"] for i in told if i.kind == "message.created"] == expected
    all_told = updates(ana.party.id, None, 500).items
    assert [i.payload["seq"] for i in all_told if i.kind == "message.created"] == seqs


def test_nobody_speaks_after_having_left(ana: Phone, bruno: Phone, in_threads: Any) -> None:
    for turn in range(6):
        group = make_group(ana, bruno, title=f"{turn}")

        def speak(group: str = group, turn: int = turn) -> None:
            for each in range(4):
                bruno.say(group, "oi", f"{turn}-{each}")

        in_threads(speak, lambda group=group: leave(bruno, group))
        place = Member.objects.get(conversation__public_id=group, party_id=bruno.party.id)
        later = Message.objects.filter(
            conversation__public_id=group, sender_id=bruno.party.id, seq__gt=place.left_seq
        )
        assert later.count() == 0


def test_an_owner_and_the_heir_who_leave_at_once_leave_an_owner(
    ana: Phone, bruno: Phone, carla: Phone, in_threads: Any
) -> None:
    dora = make_phone("+5511966666666", "Friend")
    for turn in range(6):
        group = make_group(ana, bruno, carla, dora, title=f"{turn}")
        set_role(ana, group, bruno, "admin")
        in_threads(
            lambda group=group: leave(ana, group),
            lambda group=group: leave(bruno, group),
        )
        here = Member.objects.filter(conversation__public_id=group, left_seq__isnull=True)
        roles = sorted(here.values_list("party__display_name", "role"))
        assert roles == [("Carla", "owner"), ("Friend", "member")]
