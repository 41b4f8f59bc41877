"""Sending files, and fetching them."""

import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, BinaryIO, Final, cast

from django.http import HttpResponseBase
from django.http.response import HttpResponse
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import OPTIONAL_KEY, ApiView, keyed_post, moment_out
from core.clock import wall_now
from core.errors import NotFound
from messaging.access import Knock, listener_for
from messaging.api.callers import party_of
from messaging.api.serializers import MediaIn, MediaLinkOut, MediaOut
from messaging.api.uploads import listen_to_end, read_upload
from messaging.enums import ThumbnailState
from messaging.files import vault
from messaging.files.handing import Part, answer_with
from messaging.files.links import LIVES_FOR, ORIGINAL, THUMBNAIL, check_link, signed_url
from messaging.files.types import JPEG
from messaging.queries.media import MediaFacts, media_by_link, media_for, media_shape
from messaging.services.media import keep_upload, sha256_of
from messaging.services.thumbnails import add_thumbnail

_RANGE: Final = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
# A document that somebody opens all the same runs no script and reaches nothing of ours.
_POLICY: Final = "sandbox; default-src 'none'; img-src 'self'; media-src 'self'; style-src 'none'"
_PARTY = OpenApiParameter(
    "party", str, description="A business whose team the caller belongs to, instead of the caller."
)
_LINK = OpenApiParameter("link", str, description="Of an address that was signed.")
_BYTES: Final = {
    (200, "*/*"): OpenApiTypes.BINARY,
    (206, "*/*"): OpenApiResponse(OpenApiTypes.BINARY, description="The range asked for."),
}


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


class _HandingOut(ApiView):
    """To a token, to a page of our own, or to whoever brings a signed link."""

    authentication_classes = ()
    permission_classes = ()
    content_negotiation_class = WhateverIsAccepted

    def media(self, request: Request, media_id: str, part: str) -> MediaFacts:
        """Return a file to those who may have it.

        Raises:
            Unauthenticated: There is no token, no cookie of our own page and no good link.
            NotFound: There is no such file for the caller.
        """
        link = request.query_params.get("link")
        if link is None:
            return media_for(_party_id(request), media_id)
        check_link(media_id, part, link, now=wall_now())
        return media_by_link(media_id)


class MediaView(_HandingOut):
    """Handing a file out."""

    @extend_schema(
        operation_id="media_fetch",
        parameters=[_PARTY, _LINK],
        auth=[{"deviceToken": []}],  # type: ignore[list-item]  # The document's own form.
        responses=_BYTES,
    )
    def get(self, request: Request, media_id: str) -> HttpResponseBase:
        """Return a file to its owner, or to members of a conversation that shows it.

        It comes with a Bearer token, with the portal's cookie from a page of the same origin, or
        with a signed link.
        """
        media = self.media(request, media_id, ORIGINAL)
        return hand_out(
            request,
            Served(
                key=media.storage_key,
                byte_count=media.byte_count,
                mime_type=media.mime_type,
                name=media.download_name,
                tag=media.sha256,
                is_inline=media.is_shown_inline,
            ),
        )


class ThumbnailView(_HandingOut):
    """Handing a picture out, small."""

    @extend_schema(
        operation_id="media_thumbnail",
        parameters=[_PARTY, _LINK],
        auth=[{"deviceToken": []}],  # type: ignore[list-item]  # The document's own form.
        responses=_BYTES,
    )
    def get(self, request: Request, media_id: str) -> HttpResponseBase:
        """Return a picture as a JPEG of at most 320 pixels."""
        media = self.media(request, media_id, THUMBNAIL)
        # Whoever looks before the worker came to it waits for it here.
        state = add_thumbnail(media_id=media.public_id) or media.thumbnail
        if state != ThumbnailState.READY:
            raise NotFound
        key = vault.thumbnail_key(media.storage_key)
        try:
            size = vault.size_of(key)
        except FileNotFoundError as error:
            raise NotFound from error
        return hand_out(
            request,
            Served(
                key=key,
                byte_count=size,
                mime_type=JPEG.mime,
                name=f"{media.public_id}.jpg",
                tag=f"{media.sha256}-small",
                is_inline=True,
            ),
        )


class MediaLinkView(ApiView):
    """Links that open a file for ten minutes."""

    @extend_schema(operation_id="media_link", responses={200: MediaLinkOut})
    def get(self, request: Request, media_id: str) -> Response:
        """Return what a file is, and addresses that open it without a token for ten minutes."""
        media = media_for(party_of(request), media_id)
        until = wall_now() + LIVES_FOR
        small = signed_url(media.public_id, THUMBNAIL, until=until)
        return Response(
            {
                **media_shape(media),
                "url": signed_url(media.public_id, ORIGINAL, until=until),
                "thumbnail_url": small if media.has_thumbnail else None,
                "url_expires_at": moment_out(until),
            }
        )


@dataclass(frozen=True, slots=True)
class Served:
    """A file as it is handed out.

    Attributes:
        key: Where it lies.
        byte_count: Its length.
        mime_type: What it is.
        name: What it is saved under.
        tag: Changes when the bytes do.
        is_inline: Whether a page may show it.
    """

    key: str
    byte_count: int
    mime_type: str
    name: str
    tag: str
    is_inline: bool


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which bytes of a file are asked for."""

    start: int
    length: int
    is_whole: bool


def hand_out(request: Request, served: Served) -> HttpResponseBase:
    """Answer with a file, or with the part of it that was asked for.

    Raises:
        NotFound: It has gone from the vault.
    """
    tag = f'"{served.tag}"'
    if request.headers.get("If-None-Match") == tag:
        return _marked(HttpResponse(status=HTTPStatus.NOT_MODIFIED), served)
    part = _part(request, tag, served.byte_count)
    if part is None:
        response: HttpResponseBase = HttpResponse(status=HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
        response["Content-Range"] = f"bytes */{served.byte_count}"
        return _marked(response, served)
    try:
        response = answer_with(request._request, Part(served.key, part.start, part.length))  # noqa: SLF001 - Django's own.
    except FileNotFoundError as error:
        raise NotFound from error
    if not part.is_whole:
        response.status_code = HTTPStatus.PARTIAL_CONTENT
        last = part.start + part.length - 1
        response["Content-Range"] = f"bytes {part.start}-{last}/{served.byte_count}"
    return _marked(response, served)


def _party_id(request: Request) -> int:
    headers = {name.lower(): value for name, value in request.headers.items()}
    return listener_for(Knock(headers, request.query_params.get("party"))).party_id


def _marked(response: HttpResponseBase, served: Served) -> HttpResponseBase:
    """Say what the file is, and that nothing else may be made of it."""
    charset = "; charset=utf-8" if served.mime_type == "text/plain" else ""
    named = content_disposition_header(not served.is_inline, served.name)
    response["Content-Type"] = served.mime_type + charset
    response["Content-Disposition"] = named or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = _POLICY
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, max-age=3600"
    response["Vary"] = "Authorization, Cookie"
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = f'"{served.tag}"'
    return response


def _part(request: Request, tag: str, size: int) -> _Asked | None:
    """Return which bytes are asked for, or None where there are none (RFC 9110 14.1.2).

    Several ranges at once, and what is no range at all, get the whole.
    """
    asked = _RANGE.fullmatch(request.headers.get("Range", ""))
    whole = _Asked(0, size, is_whole=True)
    if asked is None or asked.groups() == ("", "") or request.headers.get("If-Range", tag) != tag:
        return whole
    first, last = asked.groups()
    if not first:
        start = max(0, size - int(last))
        return _Asked(start, size - start, is_whole=False) if int(last) else None
    if last and int(last) < int(first):
        return whole
    if int(first) >= size:
        return None
    end = min(int(last), size - 1) if last else size - 1
    return _Asked(int(first), end - int(first) + 1, is_whole=False)
