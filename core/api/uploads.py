"""Files in forms: written to the disk piece by piece, wherever a form brings one."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

Measure = Callable[[bytes], int]

TOO_LARGE: Final = "X-Troco-Too-Large"
"""What the front says, and nobody else can: more was sent here than the front takes. It hands on a
call without the body, for a page that says so."""

# As much as any other body may have; the room that keeps files says what is so of files.
_UNMEASURED: Final = 1_000_000
_measures: list[Measure] = []


def measure_uploads_by(measure: Measure) -> None:
    """Let a room above say how large a file may be that begins with some bytes.

    Called when the process starts.
    """
    _measures[:] = [measure]


def incoming_folder() -> str:
    """Return the folder in which files wait until they are whole; it is there."""
    folder = Path(settings.TROCO_INCOMING_ROOT)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return str(folder)


class ToDisk(FileUploadHandler):
    """Writes what comes to a nameless file; too much of it is not written.

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
        self._most = self._most or _most_bytes(raw_data)
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


def limit_passed(request: HttpRequest) -> int | None:
    """Return how many bytes a file of a form might have had that had more; None if none had."""
    for handler in request.upload_handlers:
        if isinstance(handler, ToDisk) and handler.is_too_large is not None:
            return handler.is_too_large
    return None


def _most_bytes(head: bytes) -> int:
    return _measures[0](head) if _measures else _UNMEASURED
