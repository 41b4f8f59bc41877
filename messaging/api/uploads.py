"""Reading a file out of a multipart body, piece by piece, onto the disk.

Whoever is refused is still listened to until the end of what they declared (it is thrown away as
it comes): an answer sent into a body that is still coming would be lost on its way.
"""

import tempfile
from typing import Any, BinaryIO, Final, cast

from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest, UnreadablePostError
from rest_framework.request import Request

from core.api.problems import MediaTypeNotSupported
from core.errors import BodyTooLarge, InputInvalid, UnknownField
from messaging.files.errors import MediaTooLarge
from messaging.files.recognise import most_bytes
from messaging.files.types import MAX_UPLOAD_BYTES
from messaging.files.vault import incoming_folder

_CHUNK: Final = 65_536
_FIELD: Final = "file"


class ToDisk(FileUploadHandler):
    """Writes what comes to a nameless file beside the vault; too much of it is not written.

    Its first piece tells what kind of file it is, and so how large it may be.
    """

    def __init__(self, request: HttpRequest) -> None:
        """Expect one file."""
        super().__init__(request)
        self.is_too_large: int | None = None
        self._file: Any = None
        self._most = 0

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Open the place of the next file."""
        super().new_file(*args, **kwargs)
        self._file = tempfile.TemporaryFile(dir=incoming_folder())  # noqa: SIM115 - It is handed on.
        self._most = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        """Write a piece, or leave the rest of the file unread."""
        self._most = self._most or most_bytes(raw_data)
        if start + len(raw_data) > self._most:
            self.is_too_large = self._most
            raise SkipFile
        self._file.write(raw_data)

    def file_complete(self, file_size: int) -> "UploadedFile[bytes]":
        """Hand the file on."""
        return UploadedFile(self._file, self.file_name, self.content_type, file_size)

    def upload_interrupted(self) -> None:
        """Forget what came."""
        if self._file is not None:
            self._file.close()


def read_upload(request: Request) -> "UploadedFile[bytes]":
    """Return the one file of a call.

    Raises:
        MediaTypeNotSupported: The body is no multipart form.
        MediaTooLarge: It is more than a file that begins so may be.
        BodyTooLarge, InputInvalid, UnknownField: There is no file, more than one, or more than a
            file.
    """
    if not str(request.content_type).startswith("multipart/form-data"):
        raise MediaTypeNotSupported("Send the file as multipart/form-data, in the field file.")
    handler = ToDisk(request._request)  # noqa: SLF001 - The framework has no other way to say it.
    request._request.upload_handlers = [handler]  # noqa: SLF001
    try:
        files, fields = request.FILES, request.POST
    except SuspiciousOperation as error:
        raise BodyTooLarge from error
    except UnreadablePostError as error:
        raise InputInvalid("The body broke off.") from error
    if handler.is_too_large is not None:
        raise MediaTooLarge(limit_bytes=handler.is_too_large)
    unknown = sorted(({*fields} | {*files}) - {_FIELD})
    if unknown:
        raise UnknownField(fields=unknown[:20])
    found = files.getlist(_FIELD)
    if len(found) != 1:
        raise InputInvalid(field_errors={_FIELD: [{"code": "required"}]})
    return cast("UploadedFile[bytes]", found[0])


def listen_to_end(request: Request) -> None:
    """Throw away what is still coming of a body, up to as much as any body may have."""
    stream = cast("BinaryIO | None", getattr(request._request, "_stream", None))  # noqa: SLF001
    left = MAX_UPLOAD_BYTES
    try:
        while stream is not None and left > 0 and (piece := stream.read(_CHUNK)):
            left -= len(piece)
    except (OSError, ValueError):
        return
