"""The message gateway, spoken to over a real socket."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from django.test import override_settings
from rest_framework.test import APIClient

from people.models import SignInCode
from tests.people.cast import ANA

pytestmark = pytest.mark.django_db


class Gateway(HTTPServer):
    """A gateway that keeps what it was told and answers with one status."""

    answer = 202

    def __init__(self) -> None:
        self.heard: list[tuple[str | None, Any]] = []
        super().__init__(("127.0.0.1", 0), _Ear)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Ear(BaseHTTPRequestHandler):
    server: Gateway

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.heard.append((self.headers["authorization"], json.loads(body)))
        self.send_response(self.server.answer)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    server = Gateway()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    with override_settings(
        SANDBOX=False,
        TROCO_CODE_SENDER="gateway",
        TROCO_CODE_GATEWAY_URL=f"{server.url}/messages",
        TROCO_CODE_GATEWAY_TOKEN="secret",
        TROCO_HTTP_ALLOWED_ORIGINS=[server.url],
    ):
        yield server
    server.shutdown()
    server.server_close()
    thread.join()


def ask() -> Any:
    return APIClient().post("/v1/sign-in/codes", {"phone": ANA}, format="json")


def test_the_gateway_is_told_number_and_text(gateway: Gateway) -> None:
    assert ask().status_code == 202
    ((token, message),) = gateway.heard
    assert token == "Bearer secret"
    assert message["to"] == ANA
    code = message["text"][:6]
    assert code.isdigit()
    assert SignInCode.objects.get().sandbox_code == ""
    device = {"name": "Phone", "public_key": {"kty": "OKP", "crv": "Ed25519", "x": _X}}
    body = {"phone": ANA, "code": code, "device": device}
    assert APIClient().post("/v1/sign-in", body, format="json").status_code == 200


def test_a_gateway_that_refuses_is_said_so(gateway: Gateway) -> None:
    gateway.answer = 500
    answer = ask()
    assert (answer.status_code, answer.json()["code"]) == (503, "sender_unavailable")


def test_a_gateway_that_is_away_is_said_so(gateway: Gateway) -> None:
    gateway.shutdown()
    gateway.server_close()
    answer = ask()
    assert (answer.status_code, answer.json()["code"]) == (503, "sender_unavailable")


_X = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
