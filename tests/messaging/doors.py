"""Both doors over one database: Django's, and the hot one before it, which is watched."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from config.asgi import django_application
from config.front import Front
from messaging.api.hot import HotDoor
from messaging.api.stream import StreamDoor
from tests.front.serving import serve
from tests.messaging.cast import Phone

_CHANGING = re.compile(rb'(?<=")(msg|req)_[0-9A-Za-z]+|\d{4}-\d\d-\d\dT[0-9:.]+Z|"seq":\d+')
_OF_THE_MOMENT = {"date", "x-request-id", "content-length"}


@dataclass
class Ordinary:
    """Django's door, and how often it was asked."""

    asked: list[str] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked.append(scope["path"])
        await django_application(scope, receive, send)


@dataclass(frozen=True)
class Doors:
    """Both doors over one database, each on a port of its own."""

    ordinary: str
    hot: str
    handed_on: list[str]


@contextmanager
def open_doors() -> Iterator[Doors]:
    plain: Any = django_application
    behind = Ordinary()
    stream = StreamDoor()
    with (
        serve(Front(plain, StreamDoor())) as ordinary,
        serve(Front(behind, stream, HotDoor(behind, stream.look))) as hot,
    ):
        yield Doors(f"http://127.0.0.1:{ordinary}", f"http://127.0.0.1:{hot}", behind.asked)


def say(base: str, who: Phone, talk: str, body: Any, **more: Any) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    headers = {"Authorization": f"Bearer {who.token}", "Content-Type": "application/json"}
    headers.update(more.pop("headers", {}))
    path = f"{base}/v1/conversations/{talk}/messages"
    return httpx.post(path, content=content, headers=headers, timeout=20, **more)


def text(words: str, client_id: str = "one", **more: Any) -> dict[str, Any]:
    return {"client_id": client_id, "type": "text", "text": words, **more}


def plain(answer: httpx.Response) -> tuple[int, bytes, dict[str, Any]]:
    """Return an answer without what differs from one to the next."""
    headers: dict[str, Any] = {
        name: value for name, value in answer.headers.items() if name not in _OF_THE_MOMENT
    }
    policy = headers.get("content-security-policy", "")
    headers["content-security-policy"] = sorted(policy.split("; "))
    assert "x-request-id" in answer.headers
    return answer.status_code, _CHANGING.sub(b"_", answer.content), headers


def ask(base: str, who: Phone, path: str) -> httpx.Response:
    headers = {"Authorization": f"Bearer {who.token}", "Accept-Language": "pt-BR"}
    return httpx.get(f"{base}/v1/{path}", headers=headers, timeout=20)
