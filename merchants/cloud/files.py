"""Files: uploaded, looked at, downloaded with the token, deleted."""

import tempfile
from typing import Any, BinaryIO, Final, cast
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.http import HttpResponseBase
from django.utils.http import content_disposition_header

from core.errors import NotFound
from core.http import CallFailed, download
from merchants.cloud.calls import Call
from merchants.cloud.errors import GraphError, invalid, missing
from merchants.enums import KeyScope
from merchants.services.strangers import place_for
from messaging.files.handing import Part, answer_with
from messaging.files.uploads import FIELD, one_file
from messaging.queries.media import MediaFacts, media_for
from messaging.services.media import give_up_media, keep_upload

MAX_LINKED: Final = 16 * 1024 * 1024
_SPOOLED: Final = 1024 * 1024
LINK_SECONDS: Final = 20.0


def upload(call: Call) -> dict[str, Any]:
    """Take a file in; its id is all digits, or some programs take it for a path."""
    call.need(KeyScope.MESSAGES)
    files = call.request.FILES.getlist(FIELD)
    if not files:
        raise missing(FIELD)
    file = one_file(call.request, files)
    kept = keep_upload(
        owner_party_id=call.line.party_id,
        stream=cast("BinaryIO", file),
        declared_type=call.text("type") or call.text("typeFile"),
        filename=file.name or "",
    )
    return {"id": str(kept.number)}


def show(call: Call, number: int) -> dict[str, Any]:
    """Tell what a file is, and where it is downloaded from."""
    call.need(KeyScope.MESSAGES)
    media = _media(call, str(number))
    return {
        "messaging_product": "whatsapp",
        "url": f"{settings.TROCO_PUBLIC_URL}/cloud/media/{media.number}",
        "mime_type": media.mime_type,
        "sha256": media.sha256,
        "file_size": media.byte_count,
        "id": str(media.number),
    }


def fetch(call: Call, number: int) -> HttpResponseBase:
    """Hand a file out to whoever brings the token."""
    call.need(KeyScope.MESSAGES)
    media = _media(call, str(number))
    try:
        response = answer_with(call.request, Part(media.storage_key, 0, media.byte_count))
    except FileNotFoundError as error:
        raise GraphError(131052, "The file has gone.") from error
    response["Content-Type"] = media.mime_type
    named = content_disposition_header(as_attachment=True, filename=media.download_name)
    response["Content-Disposition"] = named or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def delete(call: Call, number: int) -> dict[str, Any]:
    """Delete a file that was not sent; one that was stays with its message."""
    call.need(KeyScope.MESSAGES)
    media = _media(call, str(number))
    give_up_media(owner_party_id=call.line.party_id, media_id=media.public_id)
    return {"success": True}


def media_named(call: Call, given: dict[str, Any]) -> str:
    """Return the public id of the file that a message shows: by its number, or from a link.

    Raises:
        GraphError: There is none, or the link leads to nothing that may be sent.
    """
    if given.get("id"):
        return _media(call, str(given["id"])).public_id
    link = given.get("link")
    if not link:
        raise missing("id or link")
    if not isinstance(link, str):
        raise invalid("link", "is no text")
    with tempfile.SpooledTemporaryFile(_SPOOLED) as spooled:
        into = cast("BinaryIO", spooled)
        try:
            with place_for(call.line.shop_id):
                reply = download(link, into, most_bytes=MAX_LINKED, timeout_seconds=LINK_SECONDS)
        except CallFailed as error:
            raise GraphError(131053, "The link leads to nothing that can be fetched.") from error
        if reply.http_status != 200:  # noqa: PLR2004 - OK.
            raise GraphError(131053, f"The link answered {reply.http_status}.")
        into.seek(0)
        name = unquote(urlsplit(link).path.rsplit("/", 1)[-1])
        kept = keep_upload(owner_party_id=call.line.party_id, stream=into, filename=name)
    return kept.public_id


def _media(call: Call, number: str) -> MediaFacts:
    try:
        return media_for(call.line.party_id, number)
    except NotFound as error:
        raise GraphError(131053, "There is no such file for this token.", subcode=33) from error
