"""A short way to a view's ``post``, for calls that must cost little.

A JSON call that carries a token needs no session, no form, no negotiation and no search for its
address; run through for each call, they take a quarter of a payment's Python. This door stands
before Django and answers such calls itself: the same authentication, permissions, parser, view,
serializers, services and problem documents, and the same answer to the byte, headers in their
order. Whatever is out of the ordinary (a cookie, a query, another type, a host that was not seen
before …) it hands to Django as it came.

What Django's own chain of middlewares would add is not written again here: the door asks Django
once, as somebody without a token, and takes the headers of that answer for its own.
"""

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, lru_cache
from http import HTTPStatus
from http.client import responses
from types import SimpleNamespace
from typing import Any, Final

from django.core.signals import request_finished, request_started
from django.http import HttpResponseBase
from django.utils import translation
from django.utils.log import log_response
from rest_framework.exceptions import NotAuthenticated
from rest_framework.response import Response

from core.api.parsing import MAX_JSON_BYTES, StrictJsonParser
from core.api.problems import PROBLEM_TYPE, ProblemRenderer, problem_handler
from core.api.requests import named_request
from core.api.views import ApiView

Environ = dict[str, Any]
StartResponse = Callable[..., Any]
Application = Callable[[Environ, StartResponse], Iterable[bytes]]
Headers = list[tuple[str, str]]

JSON: Final = "application/json"
_ACCEPTED: Final = frozenset({"", "*/*", JSON})
# What is told of one answer only.
_OF_ONE: Final = frozenset({"Content-Type", "WWW-Authenticate"})
_FILLED: Final = frozenset({"Content-Length", "Content-Language", "X-Request-Id"})
# What is not sent along when Django is asked for its headers.
_NOT_ASKED: Final = (
    "HTTP_AUTHORIZATION",
    "HTTP_ACCEPT_LANGUAGE",
    "HTTP_X_REQUEST_ID",
    "HTTP_IDEMPOTENCY_KEY",
)
_MOST_HOSTS: Final = 64


class LeanDoor:
    """A WSGI application before another: it answers what it can and hands on the rest.

    Args:
        django: What answers everything else, and is asked once what its headers are.
        views: The view of each path whose ``post`` is answered here.
    """

    def __init__(self, django: Application, views: Mapping[str, type[ApiView]]) -> None:
        """Nothing is asked yet."""
        self._django = django
        self._views = views
        self._frames: dict[tuple[str, str, str], Headers] = {}

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        view = self._views.get(environ["PATH_INFO"]) if _is_plain(environ) else None
        frame = self._frame(environ) if view is not None else None
        if view is None or frame is None:
            return self._django(environ, start_response)
        request_started.send(sender=self.__class__, environ=environ)
        translation.activate(_language(environ.get("HTTP_ACCEPT_LANGUAGE", "")))
        with named_request(environ.get("HTTP_X_REQUEST_ID", "")) as own:
            response = _respond(view(), Call(environ))
            body = ProblemRenderer().render(response.data, JSON, {"response": response})
        filled = {
            "Content-Length": str(len(body)),
            "Content-Language": translation.get_language() or "",
            "X-Request-Id": own,
        }
        is_problem = getattr(response, "is_problem", False)
        head = [("Content-Type", PROBLEM_TYPE if is_problem else JSON)]
        head += [item for item in response.items() if item[0] != "Content-Type"]
        head += [(name, filled.get(name, value)) for name, value in frame]
        start_response(f"{response.status_code} {responses[response.status_code]}", head)
        return _Body([body])

    def _frame(self, environ: Environ) -> Headers | None:
        """Return the headers that Django gives to all answers of such a request.

        None where it does not answer at all: to another host, or over an unsafe connection.
        """
        key = (
            environ.get("HTTP_HOST", ""),
            environ["wsgi.url_scheme"],
            environ.get("HTTP_X_FORWARDED_PROTO", ""),
        )
        frame = self._frames.get(key)
        if frame is None:
            frame = self._learn(environ)
            if frame is not None:
                # Hosts that strangers make up push each other out, and fill no memory.
                known = list(self._frames.items())[1 - _MOST_HOSTS :]
                self._frames = {**dict(known), key: frame}
        return frame

    def _learn(self, environ: Environ) -> Headers | None:
        """Ask Django as somebody without a token, and return what it adds to a refusal."""
        asked = {name: value for name, value in environ.items() if name not in _NOT_ASKED}
        asked.update({"CONTENT_LENGTH": "0", "wsgi.input": io.BytesIO()})
        seen: list[Any] = []
        answer = self._django(asked, lambda status, head, _error=None: seen.extend((status, head)))
        if isinstance(answer, HttpResponseBase):
            answer.close()
        if not seen[0].startswith(str(int(HTTPStatus.UNAUTHORIZED))):
            return None
        return [(name, value) for name, value in seen[1] if name not in _OF_ONE]


class Call:
    """What a view asks of a request, read from what the server hands over."""

    def __init__(self, environ: Environ) -> None:
        """Take the request; its body is read when it is asked for."""
        self.META = environ
        self.method: str = environ["REQUEST_METHOD"]
        self.path: str = environ["PATH_INFO"]
        self.headers = _Headers(environ)
        self.user: Any = None
        self.auth: Any = None

    @cached_property
    def data(self) -> Any:
        """Return the parsed body; what the parser refuses is refused."""
        body = self.META["wsgi.input"].read(int(self.META["CONTENT_LENGTH"]))
        return StrictJsonParser().parse(io.BytesIO(body))


class _Headers:
    """The headers of a request by their names."""

    def __init__(self, environ: Environ) -> None:
        self._environ = environ

    def get(self, name: str, default: Any = None) -> Any:
        return self._environ.get(f"HTTP_{name.upper().replace('-', '_')}", default)

    def __getitem__(self, name: str) -> Any:
        return self._environ[f"HTTP_{name.upper().replace('-', '_')}"]


class _Body(list[bytes]):
    """A body that tells when it was sent, so that the connection to the database goes back."""

    def close(self) -> None:
        request_finished.send(sender=self.__class__)


def _is_plain(environ: Environ) -> bool:
    """Tell whether a request is one of those that need nothing of Django's."""
    length = environ.get("CONTENT_LENGTH", "")
    return (
        environ["REQUEST_METHOD"] == "POST"
        and environ.get("CONTENT_TYPE") == JSON
        and environ.get("HTTP_ACCEPT", "") in _ACCEPTED
        and not environ.get("QUERY_STRING")
        and not environ.get("SCRIPT_NAME")
        and "HTTP_COOKIE" not in environ
        and "HTTP_X_HTTP_METHOD_OVERRIDE" not in environ
        and length.isascii()
        and length.isdigit()
        and 0 < int(length) <= MAX_JSON_BYTES
    )


def _respond(view: ApiView, call: Call) -> Response:
    """Let the view answer; whatever is raised becomes a problem document."""
    request: Any = call
    try:
        _let_in(view, call)
        response: Response = view.post(call)  # type: ignore[attr-defined]  # Its views have one.
    except Exception as error:  # noqa: BLE001 - As the framework does: none may get out.
        response = problem_handler(error, {"view": view})
        if response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            what = (response.status_text, call.path)
            log_response("%s: %s", *what, response=response, request=request)
    return response


def _let_in(view: ApiView, call: Call) -> None:
    """Find out who calls, and refuse whoever may not, in the framework's order."""
    request: Any = call
    for authenticator in view.get_authenticators():
        found = authenticator.authenticate(request)
        if found is not None:
            call.user, call.auth = found
            break
    permissions: Sequence[Any] = view.get_permissions()
    if not all(permission.has_permission(request, view) for permission in permissions):
        raise NotAuthenticated


@lru_cache(maxsize=256)
def _language(accepted: str) -> str:
    """Return the language that Django would choose for a caller without a cookie."""
    asked: Any = SimpleNamespace(COOKIES={}, META={"HTTP_ACCEPT_LANGUAGE": accepted})
    return str(translation.get_language_from_request(asked))
