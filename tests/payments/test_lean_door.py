"""A call is answered alike by its short way and by the one through Django, to the byte."""

import io
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from config.wsgi import LEAN
from core.api.lean import LeanDoor
from core.idempotency import forget_expired
from core.models import KeptAnswer
from payments.models import Payment
from tests.bank_simulator.harness import Simulator
from tests.payments.cast import Someone, new_key, new_payer
from tests.payments.test_payments_mutations import give_passkey

pytestmark = pytest.mark.django_db
REQUEST = "req_the-same-for-both"
PATH = "/v1/payments"


@dataclass
class Ways:
    """The two ways, and how often the short one handed a request on."""

    long: Any
    short: Any
    handed_on: int = 0


@pytest.fixture
def ways() -> Ways:
    """Return both ways; what goes to Django with a token is counted."""
    django: Any = WSGIHandler()

    def counting(environ: dict[str, Any], start_response: Any) -> Any:
        both.handed_on += "HTTP_AUTHORIZATION" in environ
        return django(environ, start_response)

    both = Ways(django, LeanDoor(counting, LEAN))
    return both


@contextmanager
def one_connection() -> Iterator[None]:
    """Give no connection back for the lines inside: they run in the test's own transaction."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


@pytest.fixture
def ana(brazil: Simulator) -> Someone:
    return new_payer(brazil, "Ana")


@pytest.fixture
def bruno(brazil: Simulator) -> Someone:
    return new_payer(brazil, "Bruno", bank="banco-mar")


def ask(way: Any, body: str, **headers: str) -> tuple[str, list[tuple[str, str]], bytes]:
    """Return the status, the headers in their order, and the body."""
    sent = body.encode()
    environ = {
        "REQUEST_METHOD": "POST",
        "SCRIPT_NAME": "",
        "PATH_INFO": PATH,
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost",
        "HTTP_X_REQUEST_ID": REQUEST,
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": str(len(sent)),
        "wsgi.input": io.BytesIO(sent),
        "wsgi.errors": sys.stderr,
        "wsgi.url_scheme": "http",
        **headers,
    }
    seen: list[Any] = []
    with one_connection():
        answer = way(environ, lambda status, head, _error=None: seen.extend((status, head)))
        text = b"".join(answer)
        answer.close()
    return seen[0], seen[1], text


def token_of(someone: Someone) -> dict[str, str]:
    client: Any = someone.client
    return dict(client._credentials)  # noqa: SLF001 - Where the test's client keeps the token.


def body_of(someone: Someone, payee: Someone) -> str:
    quote = someone.quote({"party": payee.party}, 10_00).json()
    return json.dumps({"quote": quote["id"], "proof": someone.proof(quote["digest"])})


@pytest.mark.parametrize("language", ["", "pt-BR,pt;q=0.9", "bn", "xx", "*"])
@pytest.mark.parametrize(
    ("body", "key"),
    [
        ("{", "k"),
        ("[]", "k"),
        ("{}", "k"),
        ('{"a": 1, "a": 2}', "k"),
        ('{"quote": "quo_x", "proof": {"method": "pin"}}', "k"),
        ('{"quote": "quo_x", "proof": {}, "more": 1}', "k"),
        ('{"quote": "quo_x\\u0000", "proof": {}}', "k"),
        ('{"quote": "quo_x", "proof": {"method": "pin", "pin": "1", "signature": "x"}}', ""),
    ],
)
def test_a_refusal_is_the_same_by_both_ways(
    ways: Ways, ana: Someone, language: str, body: str, key: str
) -> None:
    headers = {**token_of(ana), "HTTP_ACCEPT_LANGUAGE": language, "HTTP_IDEMPOTENCY_KEY": key}
    short, long = (ask(way, body, **headers) for way in (ways.short, ways.long))
    assert short == long
    assert short[0][0] == "4"
    assert ("X-Request-Id", REQUEST) in short[1]
    assert ways.handed_on == 0


@pytest.mark.parametrize("token", ["", "Bearer trc_nobody", "Bearer", "Basic eDp5", "Bearer é"])
def test_whoever_has_no_token_is_refused_by_both_ways(ways: Ways, token: str) -> None:
    headers = {"HTTP_AUTHORIZATION": token}
    short, long = (ask(way, "{}", **headers) for way in (ways.short, ways.long))
    assert short == long
    assert short[0] == "401 Unauthorized"
    assert ways.handed_on == 0


def test_a_payment_is_made_by_one_way_and_answered_again_by_the_other(
    ways: Ways, ana: Someone, bruno: Someone
) -> None:
    for first, second in ((ways.short, ways.long), (ways.long, ways.short)):
        body = body_of(ana, bruno)
        headers = {**token_of(ana), "HTTP_IDEMPOTENCY_KEY": new_key()}
        made, again = ask(first, body, **headers), ask(second, body, **headers)
        assert (made[0], again[0]) == ("201 Created", "201 Created")
        assert json.loads(made[2]) == json.loads(again[2])
        assert again == ask(first, body, **headers)
        assert [each for each in again[1] if each[0] != "Idempotent-Replayed"] == made[1]
        assert again[1].index(("Idempotent-Replayed", "true")) == 1
        other = ask(first, body_of(ana, bruno), **headers)
        assert other == ask(second, body_of(ana, bruno), **headers)
        assert json.loads(other[2])["code"] == "idempotency_key_reused"
    assert Payment.objects.count() == 2
    assert KeptAnswer.objects.count() == 2
    assert forget_expired() == 0
    assert ways.handed_on == 0


def test_a_passkey_pays_by_the_short_way(ways: Ways, ana: Someone, bruno: Someone) -> None:
    finger = give_passkey(ana)
    quote = ana.quote({"party": bruno.party}, 10_00).json()
    body = json.dumps({"quote": quote["id"], "proof": finger.proof(quote["digest"])})
    headers = {**token_of(ana), "HTTP_IDEMPOTENCY_KEY": new_key()}
    made = ask(ways.short, body, **headers)
    assert made[0] == "201 Created"
    assert json.loads(made[2])["state"] == "authorized"
    assert json.loads(ask(ways.long, body, **headers)[2]) == json.loads(made[2])


def test_what_nobody_expected_is_told_by_both_ways_alike(
    ways: Ways, ana: Someone, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("payments.services.payments.send_payment", broken)
    body = '{"quote": "quo_x", "proof": {"method": "pin", "pin": "274916", "signature": "eA"}}'
    headers = {**token_of(ana), "HTTP_IDEMPOTENCY_KEY": "k"}
    short, long = (ask(way, body, **headers) for way in (ways.short, ways.long))
    assert short == long
    assert short[0] == "500 Internal Server Error"


@pytest.mark.parametrize(
    "unusual",
    [
        {"REQUEST_METHOD": "GET"},
        {"REQUEST_METHOD": "DELETE"},
        {"QUERY_STRING": "a=1"},
        {"HTTP_COOKIE": "troco-language=bn"},
        {"HTTP_ACCEPT": "text/html"},
        {"CONTENT_TYPE": "application/json; charset=latin-1"},
        {"CONTENT_TYPE": "text/plain"},
        {"CONTENT_LENGTH": ""},
        {"CONTENT_LENGTH": "0"},
        {"CONTENT_LENGTH": "-1"},
        {"CONTENT_LENGTH": "1000001"},
        {"HTTP_HOST": "elsewhere.example"},
        {"PATH_INFO": "/v1/payments/"},
        {"PATH_INFO": "/v1/quotes"},
        {"SCRIPT_NAME": "/x"},
    ],
)
def test_the_unusual_goes_to_django(ways: Ways, ana: Someone, unusual: dict[str, str]) -> None:
    headers = {**token_of(ana), "HTTP_IDEMPOTENCY_KEY": "k", **unusual}
    short, long = (ask(way, "{}", **headers) for way in (ways.short, ways.long))
    assert short == long
    assert ways.handed_on == 1


def test_hosts_that_are_asked_for_at_random_fill_no_memory(ways: Ways) -> None:
    for number in range(70):
        ask(ways.short, "{}", HTTP_HOST=f"localhost:{number + 1}")
    assert len(ways.short._frames) == 64  # noqa: SLF001 - Nothing outside tells it.
    assert ask(ways.short, "{}", HTTP_HOST="localhost:70")[0] == "401 Unauthorized"


def test_hosts_that_strangers_make_up_close_the_short_way_to_nobody(
    ways: Ways, ana: Someone
) -> None:
    for number in range(64):
        ask(ways.short, "{}", HTTP_HOST=f"localhost:{number + 1}")
    assert ask(ways.short, "{}", **token_of(ana), HTTP_IDEMPOTENCY_KEY="k")[0] == "400 Bad Request"
    assert ways.handed_on == 0
