"""Pictures of products, for everybody who has their address: buyers, shops' own pages, files.

While its product is on show a picture is for everybody, and caches keep it for five minutes; then
they ask whether it is still there, which costs no bytes. So what a shop hides or removes, or staff
take down, is gone everywhere within minutes. The shop's team and staff see what is hidden.
"""

from http import HTTPStatus
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core.errors import NotFound, Unauthenticated
from merchants.portal.access import signed_in_person
from merchants.queries.pictures import PictureFile, picture_file
from merchants.queries.shops import memberships
from messaging.enums import ThumbnailState
from messaging.files import vault
from messaging.files.handing import Part, answer_with
from messaging.files.types import JPEG
from messaging.queries.media import MediaFacts
from messaging.services.thumbnails import add_thumbnail

FRESH_SECONDS: Final = 300
_FOR_ALL: Final = f"public, max-age={FRESH_SECONDS}"
_FOR_FEW: Final = "private, no-store"
_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    "Content-Disposition": "inline",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Robots-Tag": "noindex",
}


@require_safe
def show_picture(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Hand a picture out as it is kept."""
    try:
        found = _file(request, public_id)
        file = found.media
        kept = (file.storage_key, file.byte_count, file.mime_type)
        return _answer(request, kept, file.sha256, is_public=found.is_public)
    except (NotFound, FileNotFoundError):
        return _nothing(request)


@require_safe
def show_small_picture(request: HttpRequest, public_id: str) -> HttpResponseBase:
    """Hand a picture out as a JPEG of at most 320 pixels; whoever asks early waits for it."""
    try:
        found = _file(request, public_id)
        key = _small(found.media)
        small = (key, vault.size_of(key), JPEG.mime)
    except (NotFound, FileNotFoundError):
        return _nothing(request)
    return _answer(request, small, f"{found.media.sha256}-small", is_public=found.is_public)


def small_picture(public_id: str) -> bytes:
    """Return a picture as a JPEG of at most 320 pixels; nothing where there is none."""
    try:
        with vault.read(_small(picture_file(public_id).media)) as kept:
            return bytes(kept.read())
    except (NotFound, FileNotFoundError):
        return b""


def _small(file: MediaFacts) -> str:
    """Return where a picture's small form lies; it is made where nobody asked for it before.

    Raises:
        NotFound: It cannot be made small.
    """
    state = add_thumbnail(media_id=file.public_id) or file.thumbnail
    if state != ThumbnailState.READY:
        raise NotFound
    return vault.thumbnail_key(file.storage_key)


def _file(request: HttpRequest, public_id: str) -> PictureFile:
    if "\0" in public_id:
        raise NotFound
    found = picture_file(public_id)
    if not found.is_public and not _is_of_few(request, found.shop_id):
        raise NotFound
    return found


def _is_of_few(request: HttpRequest, shop_id: int) -> bool:
    """Tell whether somebody of the shop's team asks, or staff."""
    try:
        person = signed_in_person(request)
    except Unauthenticated:
        return False
    return person.is_staff or any(each.shop.id == shop_id for each in memberships(person.pk))


def _nothing(request: HttpRequest) -> HttpResponse:
    """Answer that there is no such picture; one that comes back is seen at once."""
    answer = render(request, "404.html", status=404)
    answer["Cache-Control"] = _FOR_FEW
    return answer


def _answer(
    request: HttpRequest, kept: tuple[str, int, str], tag: str, *, is_public: bool
) -> HttpResponseBase:
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
    answer["Cache-Control"] = _FOR_ALL if is_public else _FOR_FEW
    for name, value in _HEADERS.items():
        answer[name] = value
    return answer
