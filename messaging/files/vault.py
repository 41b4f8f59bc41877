"""Where files lie: a folder, or an object store that settings name; the same few verbs for both.

A file is written before its row, and its row says that it is there. So a crash leaves at worst a
file that no row knows, never a row without its file. Keys begin with the day: what was left over
is looked for among the last days, not in all there is.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Final, Protocol, Self, cast

from django.core.files import File
from django.core.files.storage import FileSystemStorage, Storage, storages

from core.api.uploads import incoming_folder

_CHUNK: Final = 262_144
_PRIVATE_FILE: Final = 0o600
_PRIVATE_FOLDER: Final = 0o700
_INCOMING: Final = "incoming"
_THUMBNAIL: Final = "-small"


class DiskVault(FileSystemStorage):
    """A folder in which a file is there as a whole or not at all, also after a crash.

    It is written beside its place, made to reach the disk, and renamed.
    """

    def _save(self, name: str, content: "File[bytes]") -> str:
        """Write a file; its name is new."""
        incoming, place = Path(self.path(_INCOMING)), Path(self.path(name))
        for folder in (incoming, place.parent):
            folder.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
        beside = incoming / secrets.token_hex(16)
        try:
            handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE)
            with os.fdopen(handle, "wb") as file:
                for chunk in content.chunks(_CHUNK):
                    file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            beside.rename(place)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
        for folder in (place.parent, place.parent.parent):
            _sync_folder(folder)
        return name

    def open_part(self, name: str, start: int, length: int) -> BinaryIO:
        """Open some bytes of a file.

        Raises:
            FileNotFoundError: There is none.
        """
        file = Path(self.path(name)).open("rb")  # noqa: SIM115 - It is handed on.
        file.seek(start)
        return cast("BinaryIO", _Part(file, length))


class _Part:
    """Some bytes of an open file, from where it stands."""

    def __init__(self, file: BinaryIO, length: int) -> None:
        self._file = file
        self._left = length

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(piece)
        return piece

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_what: object) -> None:
        self.close()


class _ByParts(Protocol):
    """A store whose files can be read by parts, as both of ours can."""

    def open_part(self, name: str, start: int, length: int) -> BinaryIO: ...


def new_key(at: datetime) -> str:
    """Return where a file of this moment will lie; nobody can guess it."""
    return f"{at:%Y%m%d}/{secrets.token_hex(16)}"


def thumbnail_key(key: str) -> str:
    """Return where a picture's thumbnail lies."""
    return key + _THUMBNAIL


def owner_of(key: str) -> str:
    """Return the key of the file that a key belongs to: a thumbnail's picture, or itself."""
    return key.removesuffix(_THUMBNAIL)


def put(key: str, file: BinaryIO) -> None:
    """Keep a file from its beginning to its end."""
    _vault().save(key, File(file))


def replace(key: str, file: BinaryIO) -> None:
    """Keep a file in the place of an earlier one, if there is one."""
    remove(key)
    put(key, file)


def remove(key: str) -> None:
    """Remove a file; one that is not there is no mistake."""
    _vault().delete(key)


def read(key: str) -> BinaryIO:
    """Open a file.

    Raises:
        FileNotFoundError: There is none.
    """
    return cast("BinaryIO", _vault().open(key, "rb"))


def read_part(key: str, start: int, length: int) -> BinaryIO:
    """Open some bytes of a file, to be read from the first of them to the last, and closed.

    Raises:
        FileNotFoundError: There is none.
        OSError: The object store does not answer.
    """
    return cast("_ByParts", _vault()).open_part(key, start, length)


def size_of(key: str) -> int:
    """Return a file's length in bytes.

    Raises:
        FileNotFoundError: There is none.
    """
    return int(_vault().size(key))


def keys_of(day: datetime) -> list[str]:
    """Return the keys of the files written on a day, thumbnails included, in order."""
    folder = f"{day:%Y%m%d}"
    with suppress(FileNotFoundError):
        return [f"{folder}/{name}" for name in sorted(_vault().listdir(folder)[1])]
    return []


def written_at(key: str) -> datetime:
    """Return when a file was written.

    Raises:
        FileNotFoundError: There is none.
    """
    vault = _vault()
    if not vault.exists(key):  # Each store has an error of its own for it.
        raise FileNotFoundError(key)
    return vault.get_modified_time(key)


def forget_incoming(*, before: datetime) -> int:
    """Remove what was being written when a process died; return how many.

    Args:
        before: Only what nobody has written to since then.
    """
    waiting = sorted(Path(incoming_folder()).iterdir())
    old = [path for path in waiting if path.stat().st_mtime < before.timestamp()]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def days_back(now: datetime, count: int) -> Iterator[datetime]:
    """Yield a moment of each of the last days, today first."""
    yield from (now - timedelta(days=each) for each in range(count))


def _sync_folder(folder: Path) -> None:
    """Make a rename last: it is the folder's content."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _vault() -> Storage:
    return storages["media"]
