"""Which request is being answered: its id, in the log, in problems and in the answer."""

import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import structlog
from django.http import HttpRequest, HttpResponse

_request_id: ContextVar[str] = ContextVar("troco_request_id", default="")
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


@contextmanager
def named_request(given: str) -> Iterator[str]:
    """Give the request of the lines inside an id: the caller's own, where it is well formed.

    Args:
        given: What ``X-Request-Id`` says, or an empty text.
    """
    own = given if _REQUEST_ID.fullmatch(given) else new_request_id()
    token = _request_id.set(own)
    structlog.contextvars.bind_contextvars(request_id=own)
    try:
        yield own
    finally:
        structlog.contextvars.unbind_contextvars("request_id")
        _request_id.reset(token)


def request_id_middleware(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Give every request an id, in the log, in each problem and in ``X-Request-Id``."""

    def middleware(request: HttpRequest) -> HttpResponse:
        with named_request(request.headers.get("X-Request-Id", "")) as own:
            response = get_response(request)
        response["X-Request-Id"] = own
        return response

    return middleware


def new_request_id() -> str:
    """Return an id for a request; it is in every problem and in the log of both sides."""
    return f"req_{secrets.token_hex(12)}"


def request_id() -> str:
    """Return the id of the request that is being answered, or an empty text."""
    return _request_id.get()
