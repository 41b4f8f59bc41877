"""Reading a file out of a call.

Whoever is refused is still listened to until the end of what they declared (it is thrown away as
it comes): an answer sent into a body that is still coming would be lost on its way.
"""

from typing import TYPE_CHECKING, BinaryIO, Final, cast

from django.core.exceptions import SuspiciousOperation
from django.http import UnreadablePostError
from django.utils.translation import gettext_lazy as _
from rest_framework.request import Request

from core.api.problems import MediaTypeNotSupported
from core.errors import BodyTooLarge, InputInvalid, UnknownField
from messaging.files.types import MAX_UPLOAD_BYTES
from messaging.files.uploads import FIELD, one_file

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

_CHUNK: Final = 65_536


def read_upload(request: Request) -> "UploadedFile[bytes]":
    """Return the one file of a call.

    Raises:
        MediaTypeNotSupported: The body is no multipart form.
        MediaTooLarge: It is more than a file that begins so may be.
        BodyTooLarge, InputInvalid, UnknownField: There is no file, more than one, or more than a
            file.
    """
    if not str(request.content_type).startswith("multipart/form-data"):
        raise MediaTypeNotSupported(_("Send the file as multipart/form-data, in the field file."))
    try:
        files, fields = request.FILES, request.POST
    except SuspiciousOperation as error:
        raise BodyTooLarge from error
    except UnreadablePostError as error:
        raise InputInvalid(_("The body broke off.")) from error
    unknown = sorted(({*fields} | {*files}) - {FIELD})
    found = one_file(request._request, files.getlist(FIELD))  # noqa: SLF001 - Its handlers tell.
    if unknown:
        raise UnknownField(fields=unknown[:20])
    return found


def listen_to_end(request: Request) -> None:
    """Throw away what is still coming of a body, up to as much as any body may have."""
    stream = cast("BinaryIO | None", getattr(request._request, "_stream", None))  # noqa: SLF001
    left = MAX_UPLOAD_BYTES
    try:
        while stream is not None and left > 0 and (piece := stream.read(_CHUNK)):
            left -= len(piece)
    except (OSError, ValueError):
        return
