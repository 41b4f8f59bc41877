"""What the front hands to Django's side and brings back, over a real Unix socket."""

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from urllib.parse import urlsplit

import httpx
import pytest

from config.front import Front, Proxy
from config.upstream import Patience, Upstream
from tests.front.serving import NoStream, serve, wait_until

BROWSER = {"Accept": "text/html,*/*"}


def test_a_request_arrives_as_it_was_sent(address: str) -> None:
    answer = httpx.post(
        f"{address}/v1/a%2Fb?x=%20y&x=2",
        content=b'{"a": 1}',
        headers={"Content-Type": "application/json", "Accept-Language": "pt-BR"},
    )
    got = answer.json()
    assert (got["method"], got["path"]) == ("POST", "/v1/a%2Fb?x=%20y&x=2")
    assert (got["length"], got["declared"]) == (8, "8")
    assert got["headers"]["ACCEPT_LANGUAGE"] == "pt-BR"
    assert got["headers"]["X_FORWARDED_FOR"] == "127.0.0.1"
    assert got["headers"]["X_FORWARDED_PROTO"] == "http"
    assert got["headers"]["X_FORWARDED_HOST"] == got["headers"]["HOST"]
    assert answer.headers["X-Own"] == "yes"
    assert answer.headers.get_list("Set-Cookie") == ["a=1", "b=2"]
    assert got["headers"]["X_REQUEST_ID"] == answer.headers["X-Request-Id"]
    assert answer.headers["X-Request-Id"].startswith("req_")


def test_what_only_the_front_may_say_is_not_believed(address: str) -> None:
    said = {
        "X-Forwarded-For": "10.0.0.1",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "evil.example",
        "Forwarded": "for=10.0.0.1",
        "X-Real-IP": "10.0.0.1",
        "X-Request-Id": "req_evil0000",
        "X-Troco-Takes-Files": "no",
        "X-Troco-Too-Large": "yes",
        "X_Forwarded_For": "10.0.0.1",
        "Connection": "keep-alive, X-Private",
        "X-Private": "1",
        "Proxy-Authorization": "secret",
        "TE": "trailers",
    }
    got = httpx.get(f"{address}/", headers=said).json()["headers"]
    assert got["X_FORWARDED_FOR"] == "unknown, 127.0.0.1"
    assert got["X_FORWARDED_PROTO"] == "http"
    assert got["X_FORWARDED_HOST"] != "evil.example"
    assert got["X_REQUEST_ID"] != "req_evil0000"
    assert got["X_TROCO_TAKES_FILES"] == "yes"
    for name in (
        "FORWARDED",
        "X_REAL_IP",
        "X_PRIVATE",
        "PROXY_AUTHORIZATION",
        "TE",
        "X_TROCO_TOO_LARGE",
    ):
        assert name not in got


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded", "X-Real-IP"])
def test_what_a_proxy_without_a_name_passes_on_did_not_come_from_here(
    address: str, name: str
) -> None:
    got = httpx.get(f"{address}/", headers={name: "127.0.0.1"}).json()["headers"]
    assert got["X_FORWARDED_FOR"] == "unknown, 127.0.0.1"


def test_a_body_without_a_length_gets_one(address: str) -> None:
    def pieces() -> Iterator[bytes]:
        yield b"ab"
        yield b"cd"

    got = httpx.post(f"{address}/", content=pieces()).json()
    assert (got["length"], got["declared"]) == (4, "4")


def test_a_body_that_is_too_large_is_refused_before_it_is_read(address: str) -> None:
    refusals = []
    for content in (b"x" * 1_000_001, iter([b"x" * 600_000, b"x" * 600_000])):
        answer = httpx.post(f"{address}/v1/payments", content=content)
        refusals.append((answer.status_code, answer.json()["code"]))
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["request_id"] == answer.headers["X-Request-Id"]
    assert refusals == [(413, "body_too_large")] * 2
    assert httpx.post(f"{address}/", content=b"x" * 1_000_000).json()["length"] == 1_000_000


def test_a_large_upload_passes_through_where_it_may(address: str) -> None:
    content = bytes(range(256)) * 40_000
    got = httpx.post(f"{address}/v1/media", content=content, timeout=30).json()
    assert (got["length"], got["sum"]) == (len(content), sum(content) % 65_536)
    refused = httpx.post(f"{address}/v1/media", content=b"x" * 20_000_001)
    assert refused.status_code == 413
    for path, status in (("/cloud/v24.0/1/media", 200), ("/cloud/v24.0/1/messages", 413)):
        assert httpx.post(f"{address}{path}", content=content).status_code == status
    # It does not have to say how much will come.
    unsaid = iter([b"x" * 900_000] * 3)
    got = httpx.post(f"{address}/v1/media", content=unsaid, timeout=30).json()
    assert (got["length"], got["declared"]) == (2_700_000, "2700000")
    too_much = iter([b"x" * 900_000] * 30)
    assert httpx.post(f"{address}/v1/media", content=too_much).status_code == 413


def test_a_page_says_itself_that_a_body_was_too_large(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = {"Accept": "text/html,*/*", "Accept-Language": "bn", "Content-Type": "image/png"}
    with httpx.Client(base_url=address, headers=browser, timeout=30) as client:
        for content in (b"x" * 1_000_001, bytes(20_000_000)):
            got = client.post("/page/x?y=1", content=content).json()
            assert (got["method"], got["path"], got["length"]) == ("GET", "/page/x?y=1", 0)
            assert got["headers"]["X_TROCO_TOO_LARGE"] == "yes"
            assert got["headers"]["ACCEPT_LANGUAGE"] == "bn"
        # The connection is as good as before.
        assert client.post("/page/x", content=b"x").json()["method"] == "POST"
        # What is no page, nobody who reads one, and what is not worth it, is refused as elsewhere.
        for path, headers in (("/other", {}), ("/page/x", {"Accept": "*/*"})):
            refused = client.post(path, content=b"x" * 1_000_001, headers=headers)
            assert (refused.status_code, refused.json()["code"]) == (413, "body_too_large")
        unsaid = iter([b"x" * 600_000] * 2)
        assert client.post("/page/x", content=unsaid).status_code == 413
        monkeypatch.setattr("config.bodies.MOST_POURED", 1_000_000)
        assert client.post("/page/x", content=b"x" * 1_000_001).status_code == 413


def test_what_is_too_large_is_let_come_at_a_pace_and_a_few_at_a_time(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("config.bodies.BODY_SECONDS", 0.5)
    parts = urlsplit(address)
    head = (
        f"POST /page/x HTTP/1.1\r\nHost: {parts.netloc}\r\nAccept: text/html\r\n"
        "Content-Length: 40000000\r\n\r\n"
    )
    # Who sends nothing holds a place no longer than who sends a small body slowly.
    begun = time.monotonic()
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as line:
        line.sendall(head.encode())
        assert line.recv(12) == b"HTTP/1.1 400"
    assert time.monotonic() - begun < 10
    # One more than there are places is told at once.
    monkeypatch.setattr("config.bodies.BODY_SECONDS", 30.0)
    with ExitStack() as lines:
        for _ in range(16):
            place = (parts.hostname, parts.port)
            line = lines.enter_context(socket.create_connection(place, timeout=20))
            line.sendall(head.encode() + b"x" * 100_000)
        time.sleep(0.5)
        one_more = httpx.post(f"{address}/page/x", content=bytes(20_000_000), headers=BROWSER)
        assert one_more.status_code == 413
    wait_until(
        lambda: (
            httpx.post(
                f"{address}/page/x", content=bytes(20_000_000), headers=BROWSER, timeout=30
            ).status_code
            == 200
        )
    )


def test_a_slow_upload_bothers_no_thread(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.bodies.BODY_SECONDS", 0.5)
    monkeypatch.setattr("config.bodies.SLOWEST", 10_000_000)

    def slowly() -> Iterator[bytes]:
        for _ in range(4):
            yield b"x" * 500_000
            time.sleep(0.4)

    answer = httpx.post(f"{address}/v1/media", content=slowly())
    assert (answer.status_code, answer.json()["code"]) == (400, "input_invalid")


def test_a_large_answer_passes_through_and_a_head_has_no_body(address: str) -> None:
    assert len(httpx.get(f"{address}/large", timeout=30).content) == 160 * 65_536
    head = httpx.head(f"{address}/")
    assert (head.status_code, head.content) == (200, b"")
    empty = httpx.get(f"{address}/empty")
    assert (empty.status_code, empty.content) == (204, b"")


def test_an_answer_that_breaks_off_is_seen_to(address: str) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(f"{address}/broken", timeout=10)
    assert httpx.get(f"{address}/").status_code == 200


def test_connections_are_kept_and_a_stale_one_is_noticed(address: str) -> None:
    with httpx.Client() as client:
        for pause in (0, 0, 1.5, 0, 6):
            time.sleep(pause)
            assert client.get(f"{address}/").status_code == 200
            assert client.post(f"{address}/", content=b"a").status_code == 200


def test_many_at_once_share_the_threads(address: str) -> None:
    async def ask() -> list[int]:
        async with httpx.AsyncClient(timeout=30) as client:
            answers = await asyncio.gather(*[client.get(f"{address}/") for _ in range(60)])
        return [answer.status_code for answer in answers]

    assert asyncio.run(ask()) == [200] * 60


def test_a_client_that_hangs_up_frees_its_place(wsgi_socket: str) -> None:
    proxy = Proxy(Upstream(wsgi_socket, most=1))
    with serve(Front(proxy, NoStream())) as port:
        wire = socket.create_connection(("127.0.0.1", port))
        wire.sendall(b"GET /slow HTTP/1.1\r\nHost: a\r\n\r\n")
        time.sleep(0.2)
        wire.close()
        started = time.monotonic()
        assert httpx.get(f"http://127.0.0.1:{port}/").status_code == 200
        assert time.monotonic() - started < 0.7


def test_a_site_that_is_down_says_so_and_comes_back(wsgi_socket: str) -> None:
    with serve(Front(Proxy(Upstream("/nowhere/wsgi")), NoStream())) as port:
        problem = httpx.post(f"http://127.0.0.1:{port}/v1/payments", content=b"{}")
        page = httpx.get(f"http://127.0.0.1:{port}/portal/", headers={"Accept": "text/html"})
    assert (problem.status_code, problem.json()["code"]) == (503, "not_ready")
    assert problem.headers["Content-Type"] == "application/problem+json"
    assert problem.headers["Retry-After"] == "3"
    assert page.status_code == 503
    assert "tries again" in page.text


def test_too_many_at_once_wait_and_then_hear_no(wsgi_socket: str) -> None:
    patience = Patience(place=0.2)
    with serve(Front(Proxy(Upstream(wsgi_socket, most=1, patience=patience)), NoStream())) as port:

        async def ask() -> list[int]:
            async with httpx.AsyncClient(timeout=30) as client:
                asked = [client.get(f"http://127.0.0.1:{port}/slow") for _ in range(2)]
                return sorted(answer.status_code for answer in await asyncio.gather(*asked))

        assert asyncio.run(ask()) == [200, 503]


def raw(address: str, data: bytes, seconds: float = 12) -> bytes:
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=seconds) as wire:
        wire.sendall(data)
        got = b""
        while piece := wire.recv(65_536):
            got += piece
    return got


@pytest.mark.parametrize(
    ("request_line", "code"),
    [
        (b"GET http://evil.example/ HTTP/1.1", b"400"),
        (b"OPTIONS * HTTP/1.1", b"400"),
        (b"CONNECT evil.example:443 HTTP/1.1", b"400"),
        (b"TRACE / HTTP/1.1", b"404"),
        (b"GET /%s HTTP/1.1" % (b"a" * 17_000), b"400"),
        (b"GET /caf\xc3\xa9 HTTP/1.1", b"400"),
        (b"GET /\xff HTTP/1.1", b"400"),
        (b"GET / HTTP/1.1\r\nHost: b", b"400"),
        (b"GET / HTTP/1.1\r\nX: \x7f\xff", b"400"),
    ],
)
def test_odd_requests_are_refused(address: str, request_line: bytes, code: bytes) -> None:
    got = raw(address, request_line + b"\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert got.split(b" ")[1] == code


@pytest.mark.parametrize(
    "headers",
    [
        b"Content-Length: 5\r\nContent-Length: 6\r\n",
        b"Content-Length: -1\r\n",
        b"Content-Length: 5\r\nTransfer-Encoding: gzip, chunked\r\n",
        b"Transfer-Encoding: xchunked\r\n",
    ],
)
def test_bodies_that_could_be_read_two_ways_are_refused(address: str, headers: bytes) -> None:
    got = raw(
        address, b"POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + headers + b"\r\nhello"
    )
    assert got.split(b" ")[1] in {b"400", b"501"}


def test_a_head_that_never_ends_is_hung_up_on(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("config.serve_front.HEAD_SECONDS", 0.5)
    started = time.monotonic()
    assert raw(address, b"GET / HTTP/1.1\r\nHost: a\r\nX: ") == b""
    assert time.monotonic() - started < 5


def test_a_head_that_is_too_large_is_refused(address: str) -> None:
    start = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX: "
    assert raw(address, start + b"a" * 20_000 + b"\r\n\r\n").split(b" ")[1] == b"400"
    # The rest of an endless head is not read: the refusal may be lost in the reset.
    with suppress(ConnectionError):
        assert raw(address, start + b"a" * 300_000).split(b" ")[1] == b"400"


@pytest.mark.parametrize(
    ("head", "code"),
    [
        (b"GET / HTTP/1.0\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nConnection: host, close\r\n\r\n", b"200"),
    ],
)
def test_a_missing_or_hidden_host_breaks_nothing(address: str, head: bytes, code: bytes) -> None:
    assert raw(address, head).split(b" ")[1] == code


def test_a_body_that_never_ends_is_not_waited_for(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("config.bodies.BODY_SECONDS", 0.5)
    got = raw(address, b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc")
    assert got.split(b" ")[1] == b"400"


def test_a_client_that_takes_no_answer_is_hung_up_on(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("config.serve_front.WRITE_SECONDS", 0.5)
    host, port = address.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=5) as wire:
        wire.sendall(b"GET /large HTTP/1.1\r\nHost: a\r\n\r\n")
        time.sleep(2)
        size = 0
        with suppress(ConnectionError):
            while piece := wire.recv(65_536):
                size += len(piece)
    assert 0 < size < 160 * 65_536
