"""What operators scrape: on this machine or with the token, and cheap."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from core.clock import wall_now
from core.models import Duty, Heartbeat, Tick
from tests.admin import rows

AWAY = "203.0.113.9"


def _figures(client: Client, **headers: str) -> dict[str, float]:
    answer = client.get("/metrics", headers=headers)
    assert answer.status_code == 200
    lines = answer.content.decode().splitlines()
    pairs = (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))
    return {name: float(value) for name, value in pairs}


def test_strangers_find_nothing(db: None, settings: Settings) -> None:
    assert Client(REMOTE_ADDR=AWAY).get("/metrics").status_code == 404
    forwarded = Client().get("/metrics", headers={"X-Forwarded-For": AWAY})
    assert forwarded.status_code == 404
    settings.TROCO_METRICS_TOKEN = "scrape-me"
    for given in ("", "Bearer ", "Bearer wrong", "Bearer scrape-m", "Bearer sé"):
        answer = Client(REMOTE_ADDR=AWAY).get("/metrics", headers={"Authorization": given})
        assert answer.status_code == 404


def test_the_token_opens_it_from_anywhere(db: None, settings: Settings) -> None:
    settings.TROCO_METRICS_TOKEN = "scrape-me"
    away = Client(REMOTE_ADDR=AWAY)
    assert _figures(away, Authorization="Bearer scrape-me")["troco_duties_parked"] == 0


def test_figures_are_what_is_so(db: None) -> None:
    now = wall_now()
    Heartbeat.objects.create(name="clock", beat_at=now - timedelta(seconds=40))
    rows.duty()
    Duty.objects.create(
        event="payment.authorized",
        handler="payments.handlers.charge",
        payload={},
        created_at=now,
        due_at=now - timedelta(seconds=90),
    )
    Tick.objects.create(name="settlements", begun_at=now - timedelta(seconds=75))
    Tick.objects.create(name="health", begun_at=now)
    for state in ("unknown", "unknown", "processing", "completed"):
        rows.payment(state)
    found = _figures(Client())
    assert found["troco_duties_parked"] == 1
    assert 90 <= found["troco_duty_oldest_seconds"] < 150
    assert 40 <= found["troco_clock_seconds"] < 100
    assert 60 <= found["troco_tick_late_seconds"] < 120
    assert found["troco_feed_lag_seconds"] == 0
    assert found['troco_payments_under_way{state="unknown"}'] == 2
    assert found['troco_payments_under_way{state="processing"}'] == 1
    assert found['troco_payments_under_way{state="authorized"}'] == 0
    assert found['troco_payments_newest{state="completed"}'] == 1


def test_a_clock_that_never_ticked(db: None) -> None:
    assert _figures(Client())["troco_clock_seconds"] == -1


@pytest.mark.parametrize("count", [1, 3])
def test_a_scrape_costs_the_same_whatever_there_is(
    db: None, django_assert_num_queries: Callable[[int], Any], count: int
) -> None:
    for _ in range(count):
        rows.payment()
        rows.duty()
    with django_assert_num_queries(8):
        _figures(Client())
