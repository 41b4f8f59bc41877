"""Refusals in the shape that programs of this API expect: one object, a number, words."""

from typing import Any, Final

from django.http import JsonResponse

from core.api import request_id
from core.errors import TrocoError

UNSUPPORTED: Final = 33
_KIND: Final = "OAuthException"
# Ours on the left; the number, and the HTTP status that goes with it, on the right.
_NUMBERS: Final[dict[str, tuple[int, int]]] = {
    "unauthenticated": (190, 401),
    "forbidden": (10, 403),
    "key_address_refused": (10, 403),
    "too_many_requests": (130429, 429),
    "not_ready": (131016, 503),
    "bank_unavailable": (131016, 503),
    "country_closed": (130497, 403),
    "capability_closed": (131042, 400),
    "callback_refused": (100, 400),
    "body_too_large": (100, 413),
    "media_quota_reached": (130429, 429),
    "line_busy": (130429, 429),
    "pair_busy": (131056, 429),
    "window_closed": (131047, 400),
    "news_not_wanted": (131050, 400),
    "news_cap_reached": (131049, 400),
}
_INVALID: Final = (131009, 400)
_MEDIA: Final = (131053, 400)
_BROKEN: Final = (131000, 500)
_SERVER: Final = 500


class GraphError(Exception):
    """A refusal with its number.

    Args:
        code: The number that programs branch on.
        details: What is wrong here.
        subcode: A narrower number, where there is one.
        http_status: The HTTP status.
        retry_after: In how many seconds it is worth while to try again, where that is known.
    """

    def __init__(
        self,
        code: int,
        details: str,
        *,
        subcode: int | None = None,
        http_status: int = 400,
        retry_after: int | None = None,
    ) -> None:
        """Keep what is known."""
        self.retry_after = retry_after
        self.code = code
        self.details = details
        self.subcode = subcode
        self.http_status = http_status
        super().__init__(details)


def missing(name: str) -> GraphError:
    """Return the refusal of a body that lacks something."""
    return GraphError(131008, f"{name} is required.")


def invalid(name: str, why: str = "is not valid") -> GraphError:
    """Return the refusal of a value."""
    return GraphError(131009, f"{name} {why}.")


def unsupported(what: str) -> GraphError:
    """Return the refusal of what this server does not do, or of an object that is not there."""
    return GraphError(100, f"Unsupported request: {what}.", subcode=UNSUPPORTED)


def as_graph(error: TrocoError) -> GraphError:
    """Return one of our refusals in this shape."""
    words = _words(error)
    if error.code == "not_found":
        return unsupported("there is no such object for this token")
    if error.code.startswith("media_"):
        number, http_status = _NUMBERS.get(error.code, _MEDIA)
    elif error.http_status >= _SERVER:
        number, http_status = _NUMBERS.get(error.code, _BROKEN)
    else:
        number, http_status = _NUMBERS.get(error.code, _INVALID)
    wait = error.extra.get("retry_after_seconds")
    return GraphError(
        number,
        words,
        http_status=http_status,
        retry_after=wait if isinstance(wait, int) else None,
    )


def graph_body(error: GraphError, trace: str) -> dict[str, Any]:
    """Return what a refusal says.

    Args:
        error: The refusal.
        trace: The request's id.
    """
    body: dict[str, Any] = {
        "message": f"(#{error.code}) {error.details}",
        "type": _KIND,
        "code": error.code,
        "error_data": {"messaging_product": "whatsapp", "details": error.details},
        "fbtrace_id": trace,
        "is_transient": error.http_status in {429, 503},
    }
    if error.subcode is not None:
        body["error_subcode"] = error.subcode
    return {"error": body}


def refusal(error: GraphError) -> JsonResponse:
    """Return a refusal as it leaves."""
    body = graph_body(error, request_id())
    answer = JsonResponse(body, status=error.http_status)
    if error.retry_after is not None:
        answer["Retry-After"] = str(error.retry_after)
    return answer


def _words(error: TrocoError) -> str:
    """Say what is wrong, with the fields that are."""
    fields = error.extra.get("field_errors")
    if isinstance(fields, dict) and fields:
        told = (
            f"{name}: {each.get('detail') or each.get('code')}"
            for name, found in fields.items()
            for each in found
        )
        return "; ".join(told)
    return str(error.detail)
