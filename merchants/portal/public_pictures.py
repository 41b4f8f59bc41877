"""Pictures of products, for everybody who has their address: buyers, shops' own pages, files."""

from http import HTTPStatus
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core.errors import NotFound
from merchants.queries.pictures import picture_file
from messaging.enums import ThumbnailState
from messaging.files import vault
from messaging.files.handing import Part, answer_with
from messaging.files.types import JPEG
from messaging.queries.media import MediaFacts
from messaging.services.thumbnails import add_thumbnail

_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Disposition": "inline",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
    # The bytes behind an address never change; a picture that is replaced has another address.
    "Cache-Control": "public, max-age=31536000, immutable",
    "X-Robots-Tag": "noindex",
}


@require_safe
def show_picture(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Hand a picture out as it is kept."""
    try:
        file = _file(public_id)
        return _answer(request, (file.storage_key, file.byte_count, file.mime_type), file.sha256)
    except (NotFound, FileNotFoundError):
        return render(request, "404.html", status=404)


@require_safe
def show_small_picture(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Hand a picture out as a JPEG of at most 320 pixels; whoever asks early waits for it."""
    try:
        file = _file(public_id)
        state = add_thumbnail(media_id=file.public_id) or file.thumbnail
        key = vault.thumbnail_key(file.storage_key)
        small = (key, vault.size_of(key), JPEG.mime)
    except (NotFound, FileNotFoundError):
        return render(request, "404.html", status=404)
    if state != ThumbnailState.READY:
        return render(request, "404.html", status=404)
    return _answer(request, small, f"{file.sha256}-small")


def _file(public_id: str) -> MediaFacts:
    if "\0" in public_id:
        raise NotFound
    return picture_file(public_id)


def _answer(request: HttpRequest, kept: tuple[str, int, str], tag: str) -> HttpResponseBase:
    """Answer with a file: where it lies, its length, what it is."""
    key, size, mime = kept
    is_known = request.headers.get("If-None-Match") == f'"{tag}"'
    answer = (
        HttpResponse(status=HTTPStatus.NOT_MODIFIED)
        if is_known
        else answer_with(request, Part(key, 0, size))
    )
    answer["Content-Type"] = mime
    answer["ETag"] = f'"{tag}"'
    for name, value in _HEADERS.items():
        answer[name] = value
    return answer
