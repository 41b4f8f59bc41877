from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from core.clock import advance, alone, begin, business_now, offset_seconds, wall_now

pytestmark = pytest.mark.django_db


def seconds_ahead() -> int:
    return round((business_now() - wall_now()) / timedelta(seconds=1))


def test_a_sandbox_begins_in_the_past_once_and_only_moves_forward() -> None:
    assert seconds_ahead() == 0
    assert begin(3600) is True
    assert begin(7200) is False, "it has a clock already"
    assert seconds_ahead() == -3600
    assert advance(1800) == -1800
    assert advance(0) == -1800
    assert seconds_ahead() == -1800
    with pytest.raises(ValueError, match="forward"):
        advance(-1)
    with pytest.raises(ValueError, match="past"):
        begin(-1)


def test_a_live_instance_has_no_other_time_and_reads_no_table(
    settings: Any, django_assert_num_queries: Any
) -> None:
    begin(3600)
    settings.TROCO_MODE = "live"
    with django_assert_num_queries(0):
        assert seconds_ahead() == 0
    with pytest.raises(ValueError, match="forward"):
        advance(1)
    with pytest.raises(ValueError, match="past"):
        begin(1)


def test_whoever_is_alone_remembers_the_offset(django_assert_num_queries: Any) -> None:
    begin(3600)
    with alone():
        assert advance(60) == -3540
        with django_assert_num_queries(0):
            assert offset_seconds() == -3540
    with connection.cursor() as cursor:
        cursor.execute("UPDATE core_clockoffset SET offset_seconds = 5")
    assert offset_seconds() == 5
