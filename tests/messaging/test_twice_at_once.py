"""The same done twice at once, or one thing while another undoes it."""

from typing import Any

import pytest

from core.errors import TrocoError
from messaging.models import Message, MessageVersion, Report
from messaging.queries import updates
from messaging.services.changes import Words, delete_message, edit_message
from messaging.services.reactions import react
from messaging.services.reports import Complaint, report_message
from tests.messaging.cast import Phone, settle_feed

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_message_that_is_told_of_twice_at_once_is_told_of_once(
    ana: Phone, bruno: Phone, talk: str, in_threads: Any
) -> None:
    bad = ana.say(talk, "Qual é o seu PIN?", "c1").message.public_id
    made = in_threads(
        lambda: report_message(
            actor=bruno.sender, message_id=bad, complaint=Complaint("scam", "Pediu meu PIN")
        ),
        times=8,
    )
    assert {getattr(each, "public_id", each) for each in made} == {Report.objects.get().public_id}


def test_a_message_that_is_taken_back_while_it_is_changed_says_nothing_in_the_end(
    ana: Phone, bruno: Phone, talk: str, in_threads: Any
) -> None:
    names = [ana.say(talk, "Dois paes", f"c{turn}").message.public_id for turn in range(6)]
    for name in names:
        outcomes = in_threads(
            lambda name=name: delete_message(actor=ana.sender, message_id=name),
            lambda name=name: edit_message(
                sender=ana.sender, message_id=name, words=Words("Dois pães")
            ),
            lambda name=name: react(actor=bruno.sender, message_id=name, emoji="👍"),
        )
        broken = [each for each in outcomes if isinstance(each, Exception)]
        assert all(isinstance(each, TrocoError) for each in broken), broken
        row = Message.objects.get(public_id=name)
        assert (row.content, row.deleted_at is None) == ({}, False)
        kept = MessageVersion.objects.filter(message=row).order_by("id")
        assert list(kept.values_list("act", flat=True))[-1] == "deleted"
    settle_feed()
    for who in (ana, bruno):
        told = [
            item.kind
            for item in updates(who.party.id, None, 500).items
            if item.payload.get("id") == names[-1] and item.kind.startswith("message.")
        ]
        assert (told[0], told[-1]) == ("message.created", "message.deleted")
