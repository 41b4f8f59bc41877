"""A WSGI application that says what it got, for tests of the front."""

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

PIECE = b"x" * 65_536


def application(environ: dict[str, Any], start: Callable[..., Any]) -> Any:
    """Answer by path: echo, a large body, a slow one, one that breaks off, none."""
    path = environ["PATH_INFO"]
    if path == "/large":
        start("200 OK", [("Content-Type", "application/octet-stream")])
        return (PIECE for _ in range(160))
    if path == "/file":
        # What is left to the front: a key, a place and a length.
        named = environ["QUERY_STRING"].replace("&", " ")
        start("206 Partial Content", [("Content-Length", "0"), ("X-Troco-File", named)])
        return []
    if path == "/slow":
        time.sleep(1.0)
    if path == "/empty":
        start("204 No Content", [])
        return []
    if path == "/broken":
        start("200 OK", [("Content-Length", "1000000")])
        return _broken()
    body = environ["wsgi.input"].read()
    answer = json.dumps(
        {
            "method": environ["REQUEST_METHOD"],
            "path": environ["RAW_URI"],
            "headers": {k[5:]: v for k, v in environ.items() if k.startswith("HTTP_")},
            "length": len(body),
            "declared": environ.get("CONTENT_LENGTH", ""),
            "sum": sum(body) % 65_536,
        }
    ).encode()
    headers = [("Content-Length", str(len(answer))), ("Content-Type", "application/json")]
    start("200 OK", [*headers, ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("X-Own", "yes")])
    return [answer]


def _broken() -> Iterator[bytes]:
    yield PIECE
    raise OSError
