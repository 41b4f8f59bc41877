"""A bank that calls a real instance: heard at its door, asked, and the payment goes on."""

from collections.abc import Iterator

import pytest

from config.story.people import new_key
from tests.processes.cast import IPE, JATOBA, Someone, new_brazilian, send
from tests.processes.instance import Instance

pytestmark = pytest.mark.processes

AMOUNT = 10_00
# The first look-up of an unknown outcome is due after 90 seconds; a call is what brings it forward.
BEFORE_THE_LOOK_UP_SECONDS = 60


@pytest.fixture
def ana(instance: Instance) -> Iterator[Someone]:
    yield new_brazilian(instance, "Ana Beatriz Souza", bank=IPE, balance_minor=100_00)
    instance.bank("DELETE", f"/banks/{IPE}/faults")


def test_a_call_ends_an_unknown_payment_before_its_look_up(
    instance: Instance, ana: Someone
) -> None:
    bruno = new_brazilian(instance, "Bruno Oliveira Lima", bank=JATOBA, balance_minor=0)
    for fault in (
        {"fault": "executes_after_timeout", "delay_seconds": 2},
        {"fault": "callback_duplicate", "times": 3},
    ):
        body = {**fault, "count": 1, "account": ana.token}
        instance.bank("POST", f"/banks/{IPE}/faults", body)
    (quote,) = ana.quotes(bruno, AMOUNT, 1)
    answer = send(ana, "/v1/payments", ana.approval(quote), key=new_key())
    assert answer.http_status == 201, answer
    told = ana.wait_until_over(seconds=BEFORE_THE_LOOK_UP_SECONDS)
    assert told == [("completed", "")]
    debit = f"{answer.body['id'].removeprefix('pay_')}-D"
    heard = "SELECT count(*) FROM payments_bankcallback WHERE about = %s"
    assert instance.one(heard, debit) == 1
    instance.prove_the_books()
