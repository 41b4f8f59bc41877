"""A request as the hot doors take it: nothing unusual about it, or it goes to the ordinary door.

What Django would decide before a view is asked (the host, the language, whether JSON is wanted) is
decided here by Django's own functions, or left to it.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host
from django.utils.translation import get_language_from_request

from people.tokens import token_digest

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

# A longer body is nothing that a hot door stores.
MOST_BYTES: Final = 65_536
_WATCHED: Final = frozenset(
    b"host authorization accept accept-language content-type content-encoding cookie".split()
)
_WANTED: Final = frozenset({"*/*", "application/json"})
_JSON: Final = re.compile(r"application/json(; ?charset=utf-8)?", re.IGNORECASE)
_BEARER: Final = "bearer"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that a hot door may answer.

    Attributes:
        method: Its method.
        path: Its path.
        query: Its query string.
        token: The digest of the device's token.
        language: The language that Django would answer in.
        is_json: Whether its body is declared as JSON.
        body: Its body.
    """

    method: str
    path: str
    query: str
    token: bytes
    language: str
    is_json: bool
    body: bytes


class Incoming:
    """A request while it comes, which can be told again from its beginning."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        """Nothing is read yet."""
        self._scope = scope
        self._receive = receive
        self._read: list[Message] = []
        self._told = 0

    async def receive(self) -> Message:
        """Tell what was read, then what comes: for whoever answers instead."""
        if self._told < len(self._read):
            self._told += 1
            return self._read[self._told - 1]
        return await self._receive()

    async def asked(self) -> Asked | None:
        """Return the request, or None where anything about it is unusual."""
        headers = _headers_of(self._scope)
        if headers is None or not _is_usual(self._scope, headers):
            return None
        token = _token_of(headers.get("authorization", ""))
        if token is None:
            return None
        body = b"" if self._scope["method"] == "GET" else await self._body()
        if body is None:
            return None
        return Asked(
            method=self._scope["method"],
            path=self._scope["path"],
            query=self._scope["query_string"].decode("latin-1"),
            token=token,
            language=_language_of(headers.get("accept-language", "")),
            is_json=_JSON.fullmatch(headers.get("content-type", "")) is not None,
            body=body,
        )

    async def _body(self) -> bytes | None:
        """Return the body, or None where it is large, in pieces, or its sender is gone."""
        message = await self._receive()
        self._read.append(message)
        if message["type"] != "http.request" or message.get("more_body", False):
            return None
        body: bytes = message.get("body", b"")
        return body if len(body) <= MOST_BYTES else None


def _headers_of(scope: Scope) -> Mapping[str, str] | None:
    """Return the headers that decide anything, or None where one of them stands twice."""
    found: dict[str, str] = {}
    for name, value in scope["headers"]:
        if name in _WATCHED:
            key = name.decode("latin-1")
            if key in found:
                return None
            found[key] = value.decode("latin-1")
    return found


def _is_usual(scope: Scope, headers: Mapping[str, str]) -> bool:
    if settings.SECURE_SSL_REDIRECT and scope["scheme"] != "https":
        return False
    if settings.LANGUAGE_COOKIE_NAME in headers.get("cookie", ""):
        return False
    return (
        "content-encoding" not in headers
        and _is_our_host(headers.get("host", ""))
        and _wants_json(headers.get("accept", "*/*"))
    )


@lru_cache(maxsize=256)
def _is_our_host(host: str) -> bool:
    domain, _port = split_domain_port(host)
    return bool(domain) and validate_host(domain, settings.ALLOWED_HOSTS)


@lru_cache(maxsize=256)
def _wants_json(accept: str) -> bool:
    return ";" not in accept and not _WANTED.isdisjoint(each.strip() for each in accept.split(","))


@lru_cache(maxsize=256)
def _language_of(accepted: str) -> str:
    request = HttpRequest()
    request.META["HTTP_ACCEPT_LANGUAGE"] = accepted
    return get_language_from_request(request)


def _token_of(authorization: str) -> bytes | None:
    scheme, _, token = authorization.partition(" ")
    return token_digest(token.strip()) if scheme.lower() == _BEARER else None
