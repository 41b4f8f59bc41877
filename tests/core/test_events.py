import threading
import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from config import hints, subscriptions
from core import events
from core.clock import wall_now
from core.errors import StateConflict
from core.models import Duty, Heartbeat
from core.tasks import MAX_ATTEMPTS, claim, drain, pause_after, perform, release_parked
from core.transactions import OwnershipError, owns, owns_block

pytestmark = pytest.mark.django_db(transaction=True)

heard: list[str] = []


def together(*, payment_id: str) -> None:
    heard.append(f"together {payment_id}")


def refuse(*, payment_id: str) -> None:
    raise StateConflict(payment_id)


def afterwards(*, payment_id: str) -> None:
    heard.append(f"afterwards {payment_id}")


def fail(*, payment_id: str) -> None:
    raise RuntimeError(payment_id)


def not_yet(*, payment_id: str) -> None:
    heard.append(f"asked {payment_id}")
    raise events.Later(60)


@pytest.fixture(autouse=True)
def own_subscriptions() -> Iterator[None]:
    heard.clear()
    events.subscribe(
        {"made": [together], "refused": [together, refuse]},
        {
            "made": [afterwards],
            "broken": [fail],
            "refused": [afterwards],
            "waiting": [not_yet],
            "written": [write],
        },
    )
    yield
    events.subscribe(subscriptions.TOGETHER, subscriptions.AFTERWARDS)


@owns
def write_something() -> None:
    Heartbeat.objects.create(name="written", beat_at=wall_now())


def write(*, payment_id: str) -> None:
    heard.append(f"writing {payment_id}")
    write_something()


def publish(name: str) -> None:
    with owns_block():
        events.publish(name, payment_id="pay_1")


def test_together_hears_at_once_and_afterwards_when_its_duty_is_done() -> None:
    publish("made")
    assert heard == ["together pay_1"]
    assert drain(seconds=5) == 1
    assert heard == ["together pay_1", "afterwards pay_1"]
    assert drain(seconds=5) == 0
    duty = Duty.objects.get()
    assert (duty.handler, duty.payload) == (f"{__name__}.afterwards", {"payment_id": "pay_1"})
    assert duty.done_at is not None


def test_news_without_a_transaction_is_refused() -> None:
    with pytest.raises(OwnershipError):
        events.publish("made", payment_id="pay_1")


def test_an_event_that_no_page_lists_is_refused() -> None:
    with pytest.raises(events.UnknownEvent), owns_block():
        events.publish("unheard.of", payment_id="pay_1")


def test_a_refusal_of_a_together_handler_takes_everything_back() -> None:
    with pytest.raises(StateConflict):
        publish("refused")
    assert Duty.objects.count() == 0


def test_a_rolled_back_publisher_owes_nothing() -> None:
    with pytest.raises(ZeroDivisionError), owns_block():
        events.publish("made", payment_id="pay_1")
        raise ZeroDivisionError
    assert Duty.objects.count() == 0


def test_a_failing_duty_pauses_doubly_and_is_parked_after_five() -> None:
    publish("broken")
    for attempt in range(1, MAX_ATTEMPTS):
        before = wall_now()
        assert drain(seconds=5) == 1
        due = Duty.objects.get().due_at
        assert before + pause_after(attempt) <= due <= wall_now() + pause_after(attempt)
        Duty.objects.update(due_at=before)
    assert drain(seconds=5) == 1
    duty = Duty.objects.get()
    assert duty.parked_at is not None
    assert duty.last_error == "RuntimeError: pay_1"
    release_parked(duty_id=duty.id)
    assert (Duty.objects.get().attempts, Duty.objects.get().parked_at) == (0, None)


def test_each_pause_is_twice_the_one_before() -> None:
    assert [pause_after(n).total_seconds() for n in range(1, 5)] == [2, 4, 8, 16]


def test_a_handler_may_ask_for_another_time_without_failing() -> None:
    publish("waiting")
    assert drain(seconds=5) == 1
    duty = Duty.objects.get()
    assert (duty.attempts, duty.done_at, duty.last_error) == (0, None, "")
    assert 55 < (duty.due_at - wall_now()).total_seconds() <= 60


def test_a_held_duty_is_left_alone_until_its_lease_runs_out() -> None:
    publish("made")
    now = wall_now()
    first = claim(now=now)
    assert first is not None
    assert claim(now=now) is None
    second = claim(now=now + timedelta(seconds=31))
    assert second is not None
    assert (second.id, second.attempts) == (first.id, 2)
    perform(first)
    assert Duty.objects.get().done_at is None, "the first holder's lease is over"
    perform(second)
    assert Duty.objects.get().done_at is not None


def test_a_duty_taken_over_before_it_was_read_is_not_ours() -> None:
    publish("made")
    other = uuid.uuid4()

    def sleep_before_reading(execute: Any, sql: str, *rest: Any) -> Any:
        if sql.startswith("SELECT"):
            with connection.cursor() as cursor:
                cursor.execute("UPDATE core_duty SET lease_token = %s", [other])
        return execute(sql, *rest)

    with connection.execute_wrapper(sleep_before_reading):
        assert claim(now=wall_now()) is None
    assert Duty.objects.get().lease_token == other


def test_a_duty_whose_process_always_dies_is_parked() -> None:
    publish("made")
    Duty.objects.update(attempts=MAX_ATTEMPTS, lease_token=uuid.uuid4())
    assert drain(seconds=5) == 1
    duty = Duty.objects.get()
    assert (duty.parked_at is not None, heard) == (True, ["together pay_1"])


def test_who_slept_through_a_lease_writes_nothing_beside_the_one_that_took_over() -> None:
    publish("written")
    now = wall_now()
    first, second = claim(now=now), claim(now=now + timedelta(seconds=31))
    assert first is not None
    assert second is not None
    perform(first)
    assert (heard, Heartbeat.objects.count()) == (["writing pay_1"], 0)
    duty = Duty.objects.get()
    assert (duty.lease_token, duty.attempts, duty.last_error) == (second.lease_token, 2, "")
    perform(second)
    assert Heartbeat.objects.count() == 1
    assert Duty.objects.get().done_at is not None


def test_a_duty_that_nobody_claimed_is_not_performed() -> None:
    publish("written")
    perform(Duty.objects.get())
    assert (heard, Heartbeat.objects.count()) == ([], 0)


def test_a_slow_sender_of_one_kind_does_not_hold_up_another() -> None:
    sent, may_go = threading.Event(), threading.Event()

    def wait() -> None:
        may_go.wait(20)

    events.send_hints_by({"slow": wait, "quick": sent.set})
    try:
        with owns_block():
            events.hint("slow")
            events.hint("quick")
        assert sent.wait(10)
    finally:
        may_go.set()
        hints.install()
