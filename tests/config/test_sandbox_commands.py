"""The sandbox's commands: they print what is needed, and nothing at all in a live instance."""

import base64
import hashlib
import io
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from pytest_django import Settings
from rest_framework.test import APIClient

from config.seed import cast
from config.seed.people import device_key
from people.services.factors import verify_totp
from people.services.staff import create_staff

COMMANDS: tuple[tuple[str, ...], ...] = (
    ("show_logins",),
    ("sandbox_code", "marta"),
    ("sandbox_sign_in", "ana"),
    ("sandbox_sign", "ana", "A" * 43),
)


def _printed(*words: str) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out)
    return out.getvalue().strip()


@pytest.fixture
def marta(db: None) -> Any:
    login = cast.STAFF[0]
    return create_staff(
        login=login.login,
        password=login.password,
        totp_secret=login.totp_secret,
        is_superuser=True,
    )


@pytest.mark.parametrize("words", COMMANDS)
def test_a_live_instance_has_none_of_it(
    db: None, settings: Settings, words: tuple[str, ...]
) -> None:
    settings.TROCO_MODE = "live"
    with pytest.raises(CommandError, match="live"):
        _printed(*words)


def test_the_code_is_the_one_that_lets_in(marta: Any) -> None:
    assert verify_totp(person=marta, token=_printed("sandbox_code", "marta")) is not None


def test_nobody_elses_code(db: None) -> None:
    with pytest.raises(CommandError, match="carla has no second factor"):
        _printed("sandbox_code", "carla")


def test_the_token_is_anas(db: None) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {_printed('sandbox_sign_in', 'ana')}")
    answer = client.get("/v1/me")
    assert (answer.status_code, answer.json()["phone"]) == (200, cast.ANA.phone)


@pytest.mark.parametrize("text", ["quote", "dash 1"])
def test_the_signature_is_the_devices(text: str) -> None:
    digest = hashlib.sha256(text.encode()).digest()
    written = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    signature = base64.urlsafe_b64decode(_printed("sandbox_sign", "bruno", written) + "==")
    device_key(cast.BRUNO).public_key().verify(signature, digest)


def test_a_digest_may_begin_with_a_dash() -> None:
    assert _printed("sandbox_sign", "ana", "-" + "A" * 42) != ""


@pytest.mark.parametrize("digest", ["", "abc", "A" * 44, "é" * 43])
def test_an_odd_digest_is_refused(digest: str) -> None:
    with pytest.raises(CommandError, match="digest"):
        _printed("sandbox_sign", "ana", digest)


def test_the_logins_are_all_there(marta: Any, settings: Settings) -> None:
    settings.TROCO_PUBLIC_URL = "http://shop.example:8000"
    page = _printed("show_logins")
    assert "http://shop.example:8000/portal/" in page
    assert "http://shop.example:8000/admin/" in page
    for login in (cast.OWNER, cast.CASHIER, *cast.STAFF):
        assert f"login {login.login}" in page
        assert login.password in page
    for person in (cast.ANA, cast.BRUNO):
        assert person.phone in page
        assert f"PIN {person.pin}" in page
    assert page.count("not seeded yet") == 3
