"""The same instance on each broker: it carries the main job, and its loss costs nothing.

F4 of the test programme. The ordinary run kills and empties each broker once, the long one five
times. What is not installed is skipped here; ``script/test`` says so, and continuous integration
refuses.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.story.people import new_key
from tests.processes.brokers import (
    RABBIT_PROGRAM,
    REDIS_PROGRAM,
    Broker,
    Pgmq,
    RabbitServer,
    RedisServer,
)
from tests.processes.cast import IPE, JATOBA, Someone, new_brazilian, send
from tests.processes.days import (
    RESUMED_SECONDS,
    now,
    pass_days,
    prove_settled_once,
    seconds_until_begun_again,
    sell,
    wait_until_sent,
)
from tests.processes.instance import Instance, wait_until

pytestmark = [pytest.mark.processes, pytest.mark.brokers]

logger = logging.getLogger(__name__)

LOSSES = pytest.mark.parametrize("losses", [1, pytest.param(5, marks=pytest.mark.long)])
# A worker looks for a broker that is gone every half minute at the latest.
FOUND_AGAIN_SECONDS = 60.0


def _redis(folder: Path, _instance: Instance) -> Broker:
    return RedisServer(folder)


def _rabbit(folder: Path, _instance: Instance) -> Broker:
    return RabbitServer(folder)


def _pgmq(_folder: Path, instance: Instance) -> Broker:
    return Pgmq(instance)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(_pgmq, id="pgmq"),
        pytest.param(
            _redis, id="redis", marks=pytest.mark.skipif(not REDIS_PROGRAM, reason="no Redis")
        ),
        pytest.param(
            _rabbit,
            id="rabbitmq",
            marks=pytest.mark.skipif(not RABBIT_PROGRAM, reason="no RabbitMQ"),
        ),
    ],
)
def broker(
    request: pytest.FixtureRequest, running: Instance, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Broker]:
    """A broker that the instance uses for the tests of one round."""
    make: Callable[[Path, Instance], Broker] = request.param
    made = make(tmp_path_factory.mktemp("broker"), running)
    try:
        if not isinstance(made, Pgmq):
            made.start()
            running.restart(CELERY_BROKER_URL=made.url)
        yield made
    finally:
        if not isinstance(made, Pgmq):
            running.stop()
        made.stop()


@pytest.fixture(scope="module", autouse=True)
def default_afterwards(running: Instance) -> Iterator[None]:
    """Give the instance its own broker back, for whoever uses it next."""
    yield
    if not running.is_started:
        running.restart()


@pytest.fixture
def ana(broker: Broker, instance: Instance) -> Someone:
    return new_brazilian(instance, "Ana Beatriz Souza", bank=IPE)


@pytest.fixture
def bruno(broker: Broker, instance: Instance) -> Someone:
    return new_brazilian(instance, "Bruno Oliveira Lima", bank=JATOBA)


def pay(ana: Someone, bruno: Someone) -> float:
    """Pay and wait for the end; return how long it took from the acceptance."""
    (quote,) = ana.quotes(bruno, 1_00, 1)
    answer = send(ana, "/v1/payments", ana.approval(quote), key=new_key())
    assert answer.http_status == 201, answer
    accepted = now()
    assert set(ana.wait_until_over()) == {("completed", "")}
    return now() - accepted


def carries(ana: Someone, bruno: Someone) -> None:
    """With the clock stopped only a nudge by the broker brings a payment to a worker."""
    with ana.instance.stopped("beat"):
        pay(ana, bruno)


def test_the_main_job_and_a_settlement_day(
    broker: Broker, instance: Instance, ana: Someone, bruno: Someone
) -> None:
    carries(ana, bruno)
    sold = sell(ana, 3)
    pass_days(instance, ana)
    wait_until_sent(instance, sold)
    prove_settled_once(instance, sold)


@pytest.mark.long
def test_the_whole_story(broker: Broker, instance: Instance) -> None:
    with instance.limited():
        told = instance.manage("tell_story", seconds=600)
    assert told.returncode == 0, told.stdout[-3000:] + told.stderr[-3000:]


@LOSSES
def test_it_is_killed_and_its_data_deleted(
    broker: Broker, instance: Instance, ana: Someone, bruno: Someone, losses: int
) -> None:
    sold: list[str] = []
    resumed: list[float] = []
    for _ in range(losses):
        sold += sell(ana, 2)
        loss = threading.Thread(target=broker.lose)
        loss.start()
        pay(ana, bruno)
        loss.join()
        pay(ana, bruno)
        pass_days(instance, ana)
        resumed.append(seconds_until_begun_again(instance, now()))
        wait_until_sent(instance, sold)
        broker.start()
        wait_until(lambda: carried(ana, bruno), "a worker that hears of work again", seconds=180)
    logger.info("%s: resumed after %s s", broker.kind, [round(each, 1) for each in resumed])
    assert max(resumed) <= RESUMED_SECONDS
    prove_settled_once(instance, sold)


def carried(ana: Someone, bruno: Someone) -> bool:
    """Tell whether a payment got to a worker by the broker alone, within seconds."""
    with ana.instance.stopped("beat"):
        (quote,) = ana.quotes(bruno, 1_00, 1)
        answer = send(ana, "/v1/payments", ana.approval(quote), key=new_key())
        assert answer.http_status == 201, answer
        try:
            wait_until(
                lambda: ana.payments()[answer.body["id"]] == ("completed", ""), "it", seconds=8
            )
        except AssertionError:
            return False
    return True
