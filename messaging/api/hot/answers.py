"""An answer of a hot door: the bytes and headers that the ordinary door sends."""

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from csp.utils import build_policy
from django.conf import settings

from core.api import ProblemRenderer, new_request_id
from messaging.api.hot.asked import Send

Headers = list[tuple[bytes, bytes]]

_RENDERER: Final = ProblemRenderer()


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered.

    Attributes:
        code: The status.
        body: JSON as it is sent: what ``rendered`` makes of it.
        allow: The methods that the path takes.
        language: The language that it is said to be in.
    """

    code: int
    body: bytes
    allow: str
    language: str


def rendered(shape: dict[str, Any]) -> bytes:
    """Return plain JSON as the ordinary door writes it."""
    body: bytes = _RENDERER.render(shape)
    return body


async def give(send: Send, answer: Answer) -> None:
    """Send an answer."""
    headers = [
        *_common_headers(answer.allow),
        (b"content-language", answer.language.encode()),
        (b"content-length", str(len(answer.body)).encode()),
        (b"x-request-id", new_request_id().encode()),
    ]
    await send({"type": "http.response.start", "status": answer.code, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


@cache
def _common_headers(allow: str) -> Headers:
    """Return what the middlewares and the API framework add to every answer of a path.

    ``tests/messaging/test_hot_doors.py`` compares them with the ordinary door's.
    """
    named = {
        "content-type": "application/json",
        "allow": allow,
        "vary": "Accept-Language",
        "x-frame-options": settings.X_FRAME_OPTIONS,
        "content-security-policy": build_policy(),
        "x-content-type-options": "nosniff",
        "referrer-policy": settings.SECURE_REFERRER_POLICY,
        "cross-origin-opener-policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
    }
    if settings.SECURE:
        named["strict-transport-security"] = (
            f"max-age={settings.SECURE_HSTS_SECONDS}; includeSubDomains; preload"
        )
    return [(name.encode(), value.encode()) for name, value in named.items()]
