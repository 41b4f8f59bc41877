"""Sending files, and fetching them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, BinaryIO, Final, cast

from django.http import HttpResponseBase, StreamingHttpResponse
from django.http.response import HttpResponse
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import OPTIONAL_KEY, ApiView, keyed_post
from core.errors import NotFound
from messaging.access import Knock, listener_for
from messaging.api.callers import party_of
from messaging.api.serializers import MediaIn, MediaOut
from messaging.api.uploads import listen_to_end, read_upload
from messaging.files import vault
from messaging.queries.media import MediaFacts, media_for, media_shape
from messaging.services.media import keep_upload, sha256_of

_CHUNK: Final = 65_536
_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
# A document that somebody opens all the same runs no script and reaches nothing of ours.
_POLICY: Final = "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'none'"
_PARTY = OpenApiParameter(
    "party", str, description="A business whose team the caller belongs to, instead of the caller."
)


class WhateverIsAccepted(BaseContentNegotiation):
    """A picture is a picture: what its tag says that it accepts is not asked."""

    def select_parser(self, request: Request, parsers: Any) -> Any:  # noqa: ARG002
        """Take the only one."""
        return parsers[0]

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:  # noqa: ARG002
        """Take the only one."""
        return renderers[0], renderers[0].media_type


class MediaUploadView(ApiView):
    """Taking a file in."""

    parser_classes = (MultiPartParser,)

    @extend_schema(
        operation_id="media_upload",
        parameters=[OPTIONAL_KEY],
        request={"multipart/form-data": MediaIn},
        responses={201: MediaOut},
    )
    def post(self, request: Request) -> Response:
        """Keep a file; it goes away after 24 hours unless a message shows it.

        What it is is told by its bytes. Pictures are written anew, without what was hidden in
        them.
        """
        owner = party_of(request)
        upload = read_upload(request)
        file = cast("BinaryIO", upload.file)
        return keyed_post(
            request,
            lambda: keep_upload(
                owner_party_id=owner,
                stream=file,
                declared_type=upload.content_type or "",
                filename=upload.name or "",
            ),
            lambda kept: (HTTPStatus.CREATED, media_shape(kept)),
            required=False,
            body=[upload.name, sha256_of(file)] if "Idempotency-Key" in request.headers else None,
        )

    def finalize_response(
        self, request: Request, response: Any, *args: Any, **kwargs: Any
    ) -> Response:
        """Answer only when the whole body has come."""
        listen_to_end(request)
        return super().finalize_response(request, response, *args, **kwargs)


class MediaView(ApiView):
    """Handing a file out, to a token or to a page of our own."""

    authentication_classes = ()
    permission_classes = ()
    content_negotiation_class = WhateverIsAccepted

    @extend_schema(
        operation_id="media_fetch",
        parameters=[_PARTY],
        auth=[{"deviceToken": []}],  # type: ignore[list-item]  # The document's own form.
        responses={
            (200, "*/*"): OpenApiTypes.BINARY,
            (206, "*/*"): OpenApiResponse(OpenApiTypes.BINARY, description="The range asked for."),
        },
    )
    def get(self, request: Request, media_id: str) -> HttpResponseBase:
        """Return a file to its owner, or to members of a conversation that shows it.

        It comes with a Bearer token, or with the portal's cookie from a page of the same origin.
        """
        return hand_out(request, media_for(_party_id(request), media_id))


@dataclass(frozen=True, slots=True)
class _Part:
    """Which bytes of a file are asked for."""

    start: int
    length: int
    is_whole: bool


def hand_out(request: Request, media: MediaFacts) -> HttpResponseBase:
    """Answer with a file, or with the part of it that was asked for.

    Raises:
        NotFound: It has gone from the vault.
    """
    tag = f'"{media.sha256}"'
    if request.headers.get("If-None-Match") == tag:
        return _marked(HttpResponse(status=HTTPStatus.NOT_MODIFIED), media)
    part = _part(request, tag, media.byte_count)
    if part is None:
        response: HttpResponseBase = HttpResponse(status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
        response["Content-Range"] = f"bytes */{media.byte_count}"
        return _marked(response, media)
    try:
        file = vault.read(media.storage_key)
    except FileNotFoundError as error:
        raise NotFound from error
    response = StreamingHttpResponse(_pieces(file, part))
    response["Content-Length"] = str(part.length)
    if not part.is_whole:
        response.status_code = HTTPStatus.PARTIAL_CONTENT
        last = part.start + part.length - 1
        response["Content-Range"] = f"bytes {part.start}-{last}/{media.byte_count}"
    return _marked(response, media)


def _party_id(request: Request) -> int:
    headers = {name.lower(): value for name, value in request.headers.items()}
    return listener_for(Knock(headers, request.query_params.get("party"))).party_id


def _marked(response: HttpResponseBase, media: MediaFacts) -> HttpResponseBase:
    """Say what the file is, and that nothing else may be made of it."""
    charset = "; charset=utf-8" if media.mime_type == "text/plain" else ""
    named = content_disposition_header(not media.is_shown_inline, media.download_name)
    response["Content-Type"] = media.mime_type + charset
    response["Content-Disposition"] = named or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = _POLICY
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, max-age=3600"
    response["Vary"] = "Authorization, Cookie"
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = f'"{media.sha256}"'
    return response


def _part(request: Request, tag: str, size: int) -> _Part | None:
    """Return which bytes are asked for, or None where there are none (RFC 9110 14.1.2).

    Several ranges at once, and what is no range at all, get the whole.
    """
    asked = _RANGE.fullmatch(request.headers.get("Range", ""))
    whole = _Part(0, size, is_whole=True)
    if asked is None or asked.groups() == ("", "") or request.headers.get("If-Range", tag) != tag:
        return whole
    first, last = asked.groups()
    if not first:
        start = max(0, size - int(last))
        return _Part(start, size - start, is_whole=False) if int(last) else None
    if last and int(last) < int(first):
        return whole
    if int(first) >= size:
        return None
    end = min(int(last), size - 1) if last else size - 1
    return _Part(int(first), end - int(first) + 1, is_whole=False)


def _pieces(file: BinaryIO, part: _Part) -> Iterator[bytes]:
    with file:
        file.seek(part.start)
        left = part.length
        while left > 0 and (piece := file.read(min(_CHUNK, left))):
            left -= len(piece)
            yield piece
