"""Refusals as problem documents (RFC 9457): a stable code, words, and the request's id."""

from http import HTTPStatus
from typing import Any, ClassVar

import structlog
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpResponse, JsonResponse
from django.utils.translation import gettext, gettext_noop
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from core.api.requests import request_id
from core.errors import (
    Forbidden,
    InputInvalid,
    NotFound,
    TooManyRequests,
    TrocoError,
    Unauthenticated,
    Unexpected,
    bad_day,
)

PROBLEM_TYPE = "application/problem+json"

logger = structlog.get_logger(__name__)


class ProblemRenderer(JSONRenderer):
    """JSON, with the media type of a problem where the answer is one."""

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None
    ) -> Any:
        """Write the body and set the content type of problems."""
        response = (renderer_context or {}).get("response")
        if response is not None and getattr(response, "is_problem", False):
            response["Content-Type"] = PROBLEM_TYPE
        return super().render(data, accepted_media_type, renderer_context)


def problem_body(error: TrocoError) -> dict[str, Any]:
    """Return the problem document of an error, in the language of the moment."""
    return {
        "type": f"/docs/errors#{error.code}",
        "title": gettext(str(error.words)),
        "status": error.http_status,
        "detail": gettext(str(error.detail)),
        "code": error.code,
        "request_id": request_id(),
        **error.extra,
    }


def problem_response(error: TrocoError) -> HttpResponse:
    """Return a problem as a plain Django response, for places outside the API framework."""
    response = JsonResponse(problem_body(error), status=error.http_status)
    response["Content-Type"] = PROBLEM_TYPE
    return response


def problem_handler(error: Exception, context: dict[str, Any]) -> Response:
    """Turn whatever a view raised into a problem document.

    An error that nobody expected is logged with its trace and answered with 500 and the
    request's id: nothing of the inside goes out.
    """
    refused = _as_troco_error(error)
    if refused is None:
        logger.error("unexpected_error", view=type(context.get("view")).__name__)
        refused = Unexpected()
    response = Response(problem_body(refused), status=refused.http_status)
    response.is_problem = True  # type: ignore[attr-defined]  # Read by ProblemRenderer.
    after = refused.extra.get("retry_after_seconds")
    if after is not None:
        response["Retry-After"] = str(after)
    if refused.http_status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = "Bearer"
    return response


class MethodNotAllowed(TrocoError):
    """The address exists, and does not take this method."""

    code = "method_not_allowed"
    http_status = 405
    words: ClassVar[object] = gettext_noop("This address does not take that method.")


class MediaTypeNotSupported(TrocoError):
    """The body is not JSON."""

    code = "media_type_not_supported"
    http_status = 415
    words: ClassVar[object] = gettext_noop("Send the body as application/json.")


class NotAcceptable(TrocoError):
    """The caller accepts no JSON."""

    code = "not_acceptable"
    http_status = 406
    words: ClassVar[object] = gettext_noop("The answer is JSON; accept application/json.")


_KNOWN: tuple[tuple[type[Exception], type[TrocoError]], ...] = (
    (Http404, NotFound),
    (exceptions.NotFound, NotFound),
    (PermissionDenied, Forbidden),
    (exceptions.PermissionDenied, Forbidden),
    (exceptions.NotAuthenticated, Unauthenticated),
    (exceptions.AuthenticationFailed, Unauthenticated),
    (exceptions.Throttled, TooManyRequests),
    (exceptions.MethodNotAllowed, MethodNotAllowed),
    (exceptions.UnsupportedMediaType, MediaTypeNotSupported),
    (exceptions.NotAcceptable, NotAcceptable),
    (exceptions.ParseError, InputInvalid),
)


def _as_troco_error(error: Exception) -> TrocoError | None:
    """Return the error as one of ours, or None for what nobody expected."""
    if isinstance(error, TrocoError):
        return error
    if isinstance(error, exceptions.ValidationError):
        return InputInvalid(field_errors=_field_errors(error.get_full_details()))
    if isinstance(error, OperationalError | InterfaceError):
        # The database is away, or something waited too long for another.
        logger.warning("database_refused", error=str(error))
        return bad_day()
    for theirs, ours in _KNOWN:
        if isinstance(error, theirs):
            return ours()
    return None


def _field_errors(details: Any, path: str = "") -> dict[str, list[dict[str, str]]]:
    """Flatten the framework's nested details to ``{path: [{code, detail}]}``."""
    if isinstance(details, dict) and set(details) == {"message", "code"}:
        return {path or "body": [{"code": str(details["code"]), "detail": str(details["message"])}]}
    found: dict[str, list[dict[str, str]]] = {}
    pairs = details.items() if isinstance(details, dict) else enumerate(details)
    for name, inner in pairs:
        leaf = isinstance(inner, dict) and set(inner) == {"message", "code"}
        plain = isinstance(details, list) and leaf
        deeper = path if plain or name == "non_field_errors" else f"{path}.{name}".lstrip(".")
        for where, errors in _field_errors(inner, deeper).items():
            found.setdefault(where, []).extend(errors)
    return found
