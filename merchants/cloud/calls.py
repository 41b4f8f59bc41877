"""One call: who makes it, about which object, with what in it."""

import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

from django.core.exceptions import BadRequest, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponseBase, JsonResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.views.decorators.csrf import csrf_exempt

from core.api import address_of, request_id
from core.api.parsing import MAX_JSON_BYTES, check_texts, load_finite
from core.clock import wall_now
from core.errors import NotReady, TextInvalid, TrocoError
from merchants.cloud.errors import GraphError, as_graph, invalid, refusal
from merchants.enums import KeyScope
from merchants.queries.keys import KeyFacts
from merchants.queries.lines import LineFacts, line_by_number, line_of_shop
from merchants.services.key_addresses import check_address
from merchants.services.keys import Call as ShopCall
from merchants.services.keys import living_key, note_call
from merchants.services.lines import hash_of
from people.services.programs import Program, let_act, one_call

_KEY: Final = "troco.key"
_DIGITS: Final = re.compile(r"[0-9]{1,18}")
_PAGE: Final = 25
# Whatever is said or asked in these shapes has a handful of levels.
MOST_DEEP: Final = 40
Door = Callable[["Call"], dict[str, Any] | HttpResponseBase]


@dataclass(frozen=True, slots=True)
class Call:
    """A call whose token was looked at.

    Attributes:
        request: As it came.
        line: The number that the token is for.
        scopes: What the token opens.
        said: The query, the form and the JSON body together.
    """

    request: HttpRequest
    line: LineFacts
    scopes: frozenset[str]
    said: dict[str, Any]

    def need(self, scope: KeyScope) -> None:
        """Refuse a token that does not open this.

        Raises:
            GraphError: As it says.
        """
        if scope not in self.scopes:
            raise GraphError(10, f"The token does not open {scope}.", http_status=403)

    def text(self, name: str, default: str = "") -> str:
        """Return a text of the call; what is no text is refused.

        Raises:
            GraphError: As it says.
        """
        value = self.said.get(name)
        if value is None:
            return default
        if not isinstance(value, str | int) or isinstance(value, bool):
            raise invalid(name, "is no text")
        return str(value)

    def flag(self, name: str) -> bool | None:
        """Return a flag, also as a word; None where it is not there."""
        value = self.said.get(name)
        if value is None or isinstance(value, bool):
            return value
        return {"true": True, "false": False}.get(str(value).lower())

    def number(self, name: str) -> int:
        """Return an id or a count of the call; 0 where it is not there or no such thing."""
        return number_of(self.text(name))

    def limit(self, most: int = 100) -> int:
        """Return how many rows a page has."""
        return min(self.number("limit") or _PAGE, most)


def door(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Let programs in without a form's token, and turn every refusal into this API's shape."""

    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        began = monotonic()
        try:
            with one_call():
                told = _told(view, request, *args, **kwargs)
            _note(request, told.status_code, began)
        except (OperationalError, InterfaceError):
            return refusal(as_graph(NotReady()))
        return told

    return csrf_exempt(answered)


def _told(
    view: Callable[..., HttpResponseBase], request: HttpRequest, *args: Any, **kwargs: Any
) -> HttpResponseBase:
    try:
        check_texts(request.path_info)
        return view(request, *args, **kwargs)
    except GraphError as error:
        return refusal(error)
    except TrocoError as error:
        return refusal(as_graph(error))
    except (BadRequest, MultiPartParserError, SuspiciousOperation, UnreadablePostError):
        return refusal(GraphError(100, "The body is malformed, or broke off."))


def _note(request: HttpRequest, http_status: int, began: float) -> None:
    """Write the call into its shop's request log, if it was made with a key."""
    key = request.META.get(_KEY)
    if key is not None:
        took_ms = int((monotonic() - began) * 1000)
        call = ShopCall(str(request.method), request.path, http_status, took_ms, request_id())
        note_call(key=key, call=call)


def call_of(request: HttpRequest) -> Call:
    """Return a call with whoever makes it.

    Raises:
        GraphError: There is no valid token, or the body is not right.
        KeyAddressRefused: The token's shop has not named the address of the call.
    """
    said = _said(request)
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    token = token.strip() if scheme.lower() == "bearer" else str(said.pop("access_token", ""))
    known = _caller(token)
    if known is None:
        raise GraphError(190, "The access token is not valid.", http_status=401)
    line, scopes, key = known
    request.META[_KEY] = key
    if key is not None:
        let_act(program=Program(key.id, key.public_id))
        check_address(key=key, address=address_of(request))
    return Call(request, line, scopes, said)


def scopes_of(request: HttpRequest, token: str) -> tuple[LineFacts, frozenset[str]] | None:
    """Return the number and what a token opens there, or None.

    Raises:
        KeyAddressRefused: It opens nothing from where the call comes.
    """
    known = _caller(token)
    if known is None:
        return None
    line, scopes, key = known
    if key is not None:
        check_address(key=key, address=address_of(request))
    return line, scopes


def owns(line: LineFacts, number: int) -> str:
    """Return what an id is of a line: ``app``, ``account`` or ``phone``; empty for nothing."""
    known = {
        line.app_number: "app",
        line.account_number: "account",
        line.phone_number: "phone",
    }
    return known.get(number, "")


def number_of(text: str) -> int:
    """Return the id that a text is; 0 for what is none."""
    return int(text) if _DIGITS.fullmatch(text) else 0


def app_secret_matches(line: LineFacts, secret: str) -> bool:
    """Tell whether a secret is that of a line's app, or the one that it takes the place of."""
    given = hash_of(secret)
    return any(hmac.compare_digest(given, each) for each in line.secret_hashes(wall_now()))


def as_object(value: Any) -> Any:
    """Return what a text of JSON stands for, and everything else as it is.

    Some programs send the objects inside a body as texts, and these shapes have always allowed it.
    """
    if not isinstance(value, str):
        return value
    try:
        read = _read(value)
        check_texts(read)
    except (ValueError, TextInvalid):
        return value
    return read


def answer(told: dict[str, Any] | HttpResponseBase) -> HttpResponseBase:
    """Return an answer as it leaves."""
    return JsonResponse(told) if isinstance(told, dict) else told


def _caller(token: str) -> tuple[LineFacts, frozenset[str], KeyFacts | None] | None:
    """Find a shop's key, or an app's number and secret joined by a bar."""
    number, bar, secret = token.partition("|")
    if bar and _DIGITS.fullmatch(number):
        line = line_by_number(int(number))
        if line is None or line.app_number != int(number) or not app_secret_matches(line, secret):
            return None
        return line, frozenset({KeyScope.WEBHOOKS.value}), None
    key = living_key(token=token)
    line = line_of_shop(key.shop_id) if key is not None else None
    return (line, frozenset(key.scopes), key) if key is not None and line is not None else None


def _said(request: HttpRequest) -> dict[str, Any]:
    """Return the query, the form and the JSON body together.

    Raises:
        GraphError: The body is too large, no JSON, or holds what cannot be stored.
    """
    said: dict[str, Any] = request.GET.dict()
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind in {"multipart/form-data", "application/x-www-form-urlencoded"}:
        said |= request.POST.dict()
    else:
        said |= _json(request)
    check_texts(said)
    return said


def _json(request: HttpRequest) -> dict[str, Any]:
    length = request.headers.get("Content-Length") or "0"
    if not _DIGITS.fullmatch(length) or int(length) > MAX_JSON_BYTES:
        raise GraphError(100, "The body is too large.", http_status=413)
    raw = request.read(MAX_JSON_BYTES + 1)
    if not raw.strip():
        return {}
    try:
        body = _read(raw.decode("utf-8"))
    except ValueError as error:
        raise GraphError(100, "The body is not valid JSON, or too deep.") from error
    if not isinstance(body, dict):
        raise GraphError(100, "The body is no JSON object.")
    return body


def _read(text: str) -> Any:
    """Return what a text of JSON stands for.

    Raises:
        ValueError: It is none, holds a number that cannot be stored, or is deeper than these
            shapes ever are.
    """
    try:
        read = load_finite(text)
    except RecursionError as error:
        raise ValueError("too deep") from error
    if _is_deeper(read, MOST_DEEP):
        raise ValueError("too deep")
    return read


def _is_deeper(value: object, levels: int) -> bool:
    if isinstance(value, dict):
        return not levels or any(_is_deeper(each, levels - 1) for each in value.values())
    if isinstance(value, list):
        return not levels or any(_is_deeper(each, levels - 1) for each in value)
    return False
