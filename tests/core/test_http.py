import http.server
import io
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from core.http import CallFailed, call, download, is_public
from core.transactions import OwnershipError, owns_block


class Stranger(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/redirect":
            self.send_response(302)
            self.send_header("Location", "/elsewhere")
            self.end_headers()
        elif self.path == "/large":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"x" * 5000)
        elif self.path == "/hang":
            threading.Event().wait(3)
        else:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"path": "' + self.path.encode() + b'"}')

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def stranger() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Stranger)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def allowed(stranger: str, settings: Any) -> str:
    settings.TROCO_HTTP_ALLOWED_ORIGINS = [stranger]
    return stranger


def test_an_allowed_origin_is_called(allowed: str) -> None:
    reply = call("GET", f"{allowed}/hello?x=1", timeout_seconds=2)
    assert (reply.http_status, reply.json()) == (200, {"path": "/hello?x=1"})


def test_a_redirect_is_not_followed(allowed: str) -> None:
    assert call("GET", f"{allowed}/redirect", timeout_seconds=2).http_status == 302


def test_a_private_address_is_refused_before_anything_is_sent(stranger: str) -> None:
    with pytest.raises(CallFailed) as failed:
        call("GET", stranger, timeout_seconds=2)
    assert (failed.value.kind, failed.value.sent) == ("refused_address", False)


@pytest.mark.parametrize("port", ["80a", "0", "65536", "-1"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    with pytest.raises(CallFailed) as failed:
        call("GET", f"http://shop.example:{port}/", timeout_seconds=2)
    assert (failed.value.kind, failed.value.sent) == ("refused_address", False)


def test_a_closed_port_is_known_not_to_have_heard(settings: Any) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        origin = f"http://127.0.0.1:{free.getsockname()[1]}"
    settings.TROCO_HTTP_ALLOWED_ORIGINS = [origin]
    with pytest.raises(CallFailed) as failed:
        call("POST", origin, json={}, timeout_seconds=2)
    assert (failed.value.kind, failed.value.sent) == ("connect", False)


def test_a_broken_connection_may_have_been_heard(allowed: str) -> None:
    with pytest.raises(CallFailed) as failed:
        call("POST", f"{allowed}/pay", json={"a": 1}, timeout_seconds=2)
    assert (failed.value.kind, failed.value.sent) == ("broken", True)


def test_one_deadline_holds_for_everything(allowed: str) -> None:
    with pytest.raises(CallFailed) as failed:
        call("GET", f"{allowed}/hang", timeout_seconds=0.3)
    assert (failed.value.kind, failed.value.sent) == ("timeout", True)


def test_a_body_over_the_cap_is_cut_off(allowed: str, settings: Any) -> None:
    settings.TROCO_HTTP_MAX_BYTES = 4999
    with pytest.raises(CallFailed) as failed:
        call("GET", f"{allowed}/large", timeout_seconds=2)
    assert failed.value.kind == "too_large"


def test_nobody_is_called_while_a_transaction_is_open(allowed: str, db: None) -> None:
    with owns_block(), pytest.raises(OwnershipError):
        call("GET", allowed)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fd00::1",
        "::ffff:127.0.0.1",
        "2002:7f00:1::",
        "64:ff9b::7f00:1",
        "ff02::1",
    ],
)
def test_private_and_special_addresses_are_known(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111"])
def test_public_addresses_are_known(address: str) -> None:
    assert is_public(address)


def test_what_is_long_goes_into_a_file(allowed: str) -> None:
    into = io.BytesIO()
    reply = download(f"{allowed}/large", into, most_bytes=5000, timeout_seconds=2)
    assert (reply.http_status, reply.content, into.getvalue()) == (200, b"", b"x" * 5000)
    with pytest.raises(CallFailed) as failed:
        download(f"{allowed}/large", io.BytesIO(), most_bytes=4999, timeout_seconds=2)
    assert (failed.value.kind, failed.value.sent) == ("too_large", True)


def test_a_refused_download_says_why_in_its_answer(allowed: str) -> None:
    into = io.BytesIO()
    reply = download(f"{allowed}/redirect", into, most_bytes=5000, timeout_seconds=2)
    assert (reply.http_status, into.getvalue()) == (302, b"")
