"""Files in forms: written to the disk piece by piece, wherever a form brings one."""

import tempfile
from collections.abc import Sequence
from typing import Any, Final, cast

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

from core.errors import InputInvalid
from messaging.files.errors import MediaTooLarge
from messaging.files.recognise import most_bytes
from messaging.files.vault import incoming_folder

FIELD: Final = "file"


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
        """Hand the file on, to be read from its beginning."""
        self._file.seek(0)
        return UploadedFile(self._file, self.file_name, self.content_type, file_size)

    def upload_interrupted(self) -> None:
        """Forget what came."""
        if self._file is not None:
            self._file.close()


def one_file(request: HttpRequest, files: Sequence[object]) -> "UploadedFile[bytes]":
    """Return the one file that a form brought.

    Args:
        request: Its body has been read.
        files: What came in the field.

    Raises:
        MediaTooLarge: It was more than a file that begins so may be.
        InputInvalid: There is none, or more than one.
    """
    for handler in request.upload_handlers:
        if isinstance(handler, ToDisk) and handler.is_too_large is not None:
            raise MediaTooLarge(limit_bytes=handler.is_too_large)
    if len(files) != 1:
        raise InputInvalid(field_errors={FIELD: [{"code": "required"}]})
    return cast("UploadedFile[bytes]", files[0])
