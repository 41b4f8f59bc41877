"""C7: twenty writers in one conversation, one in ten changing its mind: no number is missing.

Writers and front are processes of their own, as they are in life. Beside every tenth message a
number is taken by the statements of the hot door and rolled back. The ordinary run is short; the
long one has the size of the programme and tells its rate, which is a benchmark's business
(``benchmarks/talk/together.py``).
"""

import logging
from collections.abc import Iterator

import pytest

from benchmarks.talk.together import WRITERS, write_together
from benchmarks.talk.world import gather, talk_of
from messaging.models import Conversation, FeedRow, Message
from tests.front.own import own_database, own_front

pytestmark = pytest.mark.django_db(transaction=True)

logger = logging.getLogger(__name__)

SIZES = pytest.mark.parametrize("turns", [20, pytest.param(500, marks=pytest.mark.long)])


@pytest.fixture
def port(transactional_db: None) -> Iterator[int]:
    with own_front() as (port, _process_id):
        yield port


@SIZES
def test_twenty_writers_leave_no_gap(port: int, turns: int) -> None:
    ana, bruno = gather(2)
    talk = talk_of(ana, bruno)
    told = write_together(port, own_database(), talk, (ana, bruno), turns)
    logger.info("%.0f messages/s", told.per_second)
    everything = list(range(1, WRITERS * turns + 1))
    assert sorted(seq for seqs in told.seqs for seq in seqs) == everything
    assert all(seqs == sorted(seqs) for seqs in told.seqs)
    assert told.given_up == WRITERS * turns // 10
    conversation = Conversation.objects.get(public_id=talk)
    stored = Message.objects.filter(conversation=conversation).order_by("seq")
    assert list(stored.values_list("seq", flat=True)) == everything
    assert conversation.last_seq == len(everything)
    news = FeedRow.objects.filter(conversation=conversation, kind="message.created")
    assert [row.payload["seq"] for row in news.order_by("xid", "id")] == everything
