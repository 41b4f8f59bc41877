"""What every JSON call has in common: parsing, refusing, paging, answering.

Errors leave as problem documents (RFC 9457) with a stable ``code`` and the request's id, and
nothing else about the inside. JSON is read strictly: one megabyte, UTF-8, no duplicate keys,
no NaN, no character that Postgres cannot store; an unknown field is refused, never ignored.
"""

import base64
import contextlib
import json
import re
import secrets
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from datetime import UTC, date, datetime
from http import HTTPStatus
from typing import Any, ClassVar, TypeVar

import structlog
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext
from drf_spectacular.utils import extend_schema_field
from rest_framework import exceptions, serializers
from rest_framework.parsers import BaseParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core import idempotency
from core.errors import (
    AmountInvalid,
    BodyTooLarge,
    Forbidden,
    InputInvalid,
    NotFound,
    TextInvalid,
    TooManyRequests,
    TrocoError,
    Unauthenticated,
    Unexpected,
    UnknownField,
)
from core.money import MAX_MINOR, Money

MAX_JSON_BYTES = 1_000_000
MAX_PAGE = 100
PROBLEM_TYPE = "application/problem+json"

M = TypeVar("M", bound=Model)
logger = structlog.get_logger(__name__)
_request_id: ContextVar[str] = ContextVar("troco_request_id", default="")
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_SURROGATE = re.compile("[\ud800-\udfff]")


def request_id_middleware(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Give every request an id, in the log, in each problem and in ``X-Request-Id``."""

    def middleware(request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-Id", "")
        own = given if _REQUEST_ID.fullmatch(given) else f"req_{secrets.token_hex(12)}"
        token = _request_id.set(own)
        structlog.contextvars.bind_contextvars(request_id=own)
        try:
            response = get_response(request)
        finally:
            structlog.contextvars.unbind_contextvars("request_id")
            _request_id.reset(token)
        response["X-Request-Id"] = own
        return response

    return middleware


def request_id() -> str:
    """Return the id of the request that is being answered, or an empty text."""
    return _request_id.get()


class StrictJsonParser(BaseParser):
    """Reads JSON and refuses whatever would have to be guessed at."""

    media_type = "application/json"

    def parse(
        self,
        stream: Any,
        media_type: str | None = None,  # noqa: ARG002 - The signature is the framework's.
        parser_context: Any = None,  # noqa: ARG002
    ) -> Any:
        """Return the parsed body.

        Raises:
            BodyTooLarge: It is over one megabyte.
            InputInvalid: It is no JSON, or has a key twice.
            TextInvalid: A text holds NUL or half of a surrogate pair.
        """
        raw = stream.read(MAX_JSON_BYTES + 1)
        if len(raw) > MAX_JSON_BYTES:
            raise BodyTooLarge
        try:
            value = json.loads(
                raw.decode("utf-8"), object_pairs_hook=_no_twins, parse_constant=_no_constant
            )
            _check_texts(value)
        except (ValueError, RecursionError) as error:
            raise InputInvalid("The body is not valid JSON.") from error
        return value


def _no_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _check_texts(value: object) -> None:
    """Refuse characters that cannot be stored, in keys and values alike."""
    if isinstance(value, str):
        if "\x00" in value or _SURROGATE.search(value):
            raise TextInvalid
    elif isinstance(value, dict):
        for key, inner in value.items():
            _check_texts(key)
            _check_texts(inner)
    elif isinstance(value, list):
        for inner in value:
            _check_texts(inner)


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


class ApiView(APIView):
    """A view that translates, makes one domain call, and translates back."""

    parser_classes: Sequence[type[BaseParser]] = (StrictJsonParser,)
    renderer_classes = (ProblemRenderer,)

    def read(
        self, request: Request, serializer: "type[serializers.Serializer[Any]]"
    ) -> dict[str, Any]:
        """Return the checked body of a request.

        Raises:
            InputInvalid: A field is missing or malformed.
            UnknownField, AmountInvalid, TextInvalid: As their names say.
        """
        checked = serializer(data=request.data, context={"request": request})
        checked.is_valid(raise_exception=True)
        return dict(checked.validated_data)

    def read_query(
        self, request: Request, serializer: "type[serializers.Serializer[Any]]"
    ) -> dict[str, Any]:
        """Return the checked query parameters of a request."""
        values = request.query_params.dict()
        _check_texts(values)
        checked = serializer(data=values, context={"request": request})
        checked.is_valid(raise_exception=True)
        return dict(checked.validated_data)


class StrictSerializer(serializers.Serializer[Any]):
    """A serializer that refuses fields it does not know."""

    def to_internal_value(self, data: Any) -> Any:
        """Check that there is no unknown field, then the rest.

        Raises:
            UnknownField: The body has one; its name is in the problem.
        """
        if isinstance(data, dict):
            unknown = sorted(set(data) - set(self.fields))
            if unknown:
                raise UnknownField(fields=unknown)
        return super().to_internal_value(data)


@extend_schema_field(
    {
        "type": "object",
        "required": ["amount_minor", "currency"],
        "properties": {
            "amount_minor": {"type": "integer", "format": "int64", "minimum": 1, "example": 2500},
            "currency": {"type": "string", "pattern": "^[A-Z]{3}$", "example": "BRL"},
        },
        "additionalProperties": False,
    }
)
class MoneyIn(serializers.Field[Any, Any, Any, Any]):
    """A positive amount: ``{"amount_minor": 1250, "currency": "BRL"}``; never rounded."""

    def to_internal_value(self, data: Any) -> Money:
        """Return the amount.

        Raises:
            UnknownField: There is a third field.
            AmountInvalid: It is not a whole, positive number that fits a bigint.
        """
        if not isinstance(data, dict):
            raise AmountInvalid
        unknown = sorted(set(data) - {"amount_minor", "currency"})
        if unknown:
            raise UnknownField(fields=unknown)
        amount, currency = data.get("amount_minor"), data.get("currency")
        if isinstance(amount, bool) or not isinstance(amount, int):
            raise AmountInvalid
        if not 1 <= amount <= MAX_MINOR:
            raise AmountInvalid
        if not isinstance(currency, str) or not re.fullmatch("[A-Z]{3}", currency):
            raise AmountInvalid
        return Money(amount, currency)

    def to_representation(self, value: Any) -> Any:
        """Return the amount as JSON."""
        return money_out(value)


@extend_schema_field(
    {
        "type": "object",
        "required": ["amount_minor", "currency"],
        "properties": {
            "amount_minor": {"type": "integer", "format": "int64", "example": 2500},
            "currency": {"type": "string", "example": "BRL"},
        },
    }
)
class MoneyOut(serializers.Field[Any, Any, Any, Any]):
    """An amount in an answer; zero and negative amounts are possible."""

    def to_representation(self, value: Any) -> Any:
        """Return the amount as JSON; a ready dictionary passes."""
        return money_out(value) if isinstance(value, Money) else value


def money_out(money: Money) -> dict[str, Any]:
    """Return an amount as it stands in every answer."""
    return {"amount_minor": money.amount_minor, "currency": money.currency}


def moment_out(moment: datetime | None) -> str | None:
    """Return a moment as RFC 3339 in UTC with milliseconds, or None."""
    if moment is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def keyset_page(
    rows: QuerySet[M], cursor: str | None, limit: int, fields: Sequence[str] = ("-id",)
) -> tuple[list[M], str | None]:
    """Return one page of a list and the cursor of the next, or None at the end.

    The page begins after a remembered row and never counts or skips, so the thousandth page
    is as quick as the first, and rows that arrive meanwhile move nothing.

    Args:
        rows: The list, filtered and not ordered.
        cursor: What the page before gave; None for the first.
        limit: How many rows at most; held to 1 to 100.
        fields: The order, ending in something unique; ``-`` means descending. The fields
            must not be null.

    Raises:
        InputInvalid: The cursor is not one of ours.
    """
    limit = max(1, min(limit, MAX_PAGE))
    ordered = rows.order_by(*fields)
    if cursor:
        ordered = ordered.filter(_after(fields, _read_cursor(cursor, len(fields))))
    found = list(ordered[: limit + 1])
    if len(found) <= limit:
        return found, None
    last = found[limit - 1]
    values = [_reach(last, field.lstrip("-")) for field in fields]
    return found[:limit], _write_cursor(values)


def _reach(row: object, path: str) -> object:
    for name in path.split("__"):
        row = getattr(row, name)
    return row


def _after(fields: Sequence[str], values: Sequence[object]) -> Q:
    """Build "comes after these values" for a mixed order, as a chain of ties."""
    condition, ties = Q(), Q()
    for field, value in zip(fields, values, strict=True):
        name = field.lstrip("-")
        step = "lt" if field.startswith("-") else "gt"
        condition |= ties & Q(**{f"{name}__{step}": value})
        ties &= Q(**{name: value})
    return condition


def _write_cursor(values: Sequence[object]) -> str:
    plain = [v.isoformat() if isinstance(v, date) else v for v in values]
    text = json.dumps(plain, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_cursor(cursor: str, length: int) -> list[object]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        values = json.loads(base64.urlsafe_b64decode(padded.encode()))
    except ValueError as error:
        raise InputInvalid("The cursor is not one of this list.") from error
    if not isinstance(values, list) or len(values) != length:
        raise InputInvalid("The cursor is not one of this list.")
    if not all(isinstance(v, str | int) and not isinstance(v, bool) for v in values):
        raise InputInvalid("The cursor is not one of this list.")
    return [_moment_or_text(v) for v in values]


def _moment_or_text(value: object) -> object:
    if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\dT", value):
        with contextlib.suppress(ValueError):
            return datetime.fromisoformat(value)
    return value


def page_out(rows: Sequence[Any], following: str | None) -> dict[str, Any]:
    """Return a list as every list looks: ``{"data": [...], "next": cursor or null}``."""
    return {"data": list(rows), "next": following}


def keyed_post(
    request: Request,
    run: Callable[[], object],
    render: Callable[[Any], tuple[int, Any]],
    *,
    required: bool = True,
    for_ever: bool = False,
) -> Response:
    """Answer a POST that creates something, once for each ``Idempotency-Key``.

    Args:
        request: The call; its user has a party.
        run: Calls the service.
        render: Turns the service's result into a status and a JSON body.
        required: Refuse a call without a key, as wherever money moves.
        for_ever: Keep the answer for ever, as for payments.

    Raises:
        IdempotencyKeyMissing, IdempotencyKeyReused, InProgress: As their names say.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None and not required:
        return Response(*reversed(render(run())))
    party_id: int = request.user.party_id  # type: ignore[union-attr, assignment]  # Has one here.
    answer = idempotency.answer(
        key=(party_id, idempotency.check_key(key)),
        digest=idempotency.digest_of(f"{request.method} {request.path}", request.data),
        run=run,
        render=render,
        for_ever=for_ever,
    )
    response = Response(answer.body, answer.http_status)
    if answer.replayed:
        response["Idempotent-Replayed"] = "true"
    return response


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
    words: ClassVar[object] = "This address does not take that method."


class MediaTypeNotSupported(TrocoError):
    """The body is not JSON."""

    code = "media_type_not_supported"
    http_status = 415
    words: ClassVar[object] = "Send the body as application/json."


class NotAcceptable(TrocoError):
    """The caller accepts no JSON."""

    code = "not_acceptable"
    http_status = 406
    words: ClassVar[object] = "The answer is JSON; accept application/json."


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
