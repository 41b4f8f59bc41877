import pytest
from django.test import RequestFactory

from people.api.sandbox import is_from_here


@pytest.mark.parametrize("passed", ["127.0.0.1", "::1", "127.0.0.1, 127.0.0.2"])
def test_a_call_from_this_machine_is_known(passed: str) -> None:
    request = RequestFactory().get("/", REMOTE_ADDR="", HTTP_X_FORWARDED_FOR=passed)
    assert is_from_here(request) is True


@pytest.mark.parametrize("passed", ["", "unknown, 127.0.0.1", "8.8.8.8, 127.0.0.1", "localhost"])
def test_a_call_that_was_passed_on_is_not_from_here(passed: str) -> None:
    request = RequestFactory().get("/", REMOTE_ADDR="", HTTP_X_FORWARDED_FOR=passed)
    assert is_from_here(request) is False
