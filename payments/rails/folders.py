"""Files that are exchanged with a bank through a folder both can see.

``<folder>/<bank>/in`` is what the bank reads, ``out`` what it writes. Whoever writes a file writes
it under another name first and renames it when it is whole: a name that ends in ``.xml`` is a whole
file, anything else is somebody's work in progress and is not looked at. A bank that does not keep
to this is survived too: what cannot be read to its end is left for the next time.

A file is recognised by what is in it, never by its name: banks send files again under new names.
"""

import hashlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, TypeVar

from payments.rails import BatchAnswer

_SUFFIX = ".xml"
_PIECE_BYTES = 1024 * 1024
Said = TypeVar("Said")


def deliver(folder: Path, bank: str, name: str, content: BinaryIO) -> BatchAnswer:
    """Put a file where the bank finds it, whole or not at all.

    The same file again under its name changes nothing; another one under that name is refused.

    Args:
        folder: The exchange folder.
        bank: The bank's slug.
        name: What names the file for ever, of letters, digits and ``_ -``.
        content: The file; it is copied piece by piece.
    """
    inbox = folder / bank / "in"
    target = inbox / f"{name}{_SUFFIX}"
    draft = inbox / f".{name}.{secrets.token_hex(4)}.part"
    is_placed = False
    try:
        if target.exists():
            return _again(target, content)
        _write_whole(draft, content)
        draft.rename(target)
        is_placed = True  # From here on the bank may take it away at any moment.
        _sync(inbox)
    except OSError as error:
        return BatchAnswer("unknown" if is_placed else "not_sent", reason=type(error).__name__)
    finally:
        draft.unlink(missing_ok=True)
    return BatchAnswer("received")


def newest(folder: Path, bank: str, read: Callable[[Path], Said | None]) -> Said | None:
    """Return what the newest whole file says that has something to say, or None.

    Args:
        folder: The exchange folder.
        bank: The bank's slug.
        read: Returns what a file says, None when it is not about what is asked or not whole.
    """
    for path in whole_files(folder, bank):
        said = read(path)
        if said is not None:
            return said
    return None


def whole_files(folder: Path, bank: str) -> Iterator[Path]:
    """Yield what the bank wrote, the newest first; what is being written is passed over."""
    outbox = folder / bank / "out"
    with os.scandir(outbox) as entries:
        found = [
            (entry.stat().st_mtime_ns, entry.name)
            for entry in entries
            if entry.name.endswith(_SUFFIX) and not entry.name.startswith(".") and entry.is_file()
        ]
    for _moment, name in sorted(found, reverse=True):
        yield outbox / name


def _again(target: Path, content: BinaryIO) -> BatchAnswer:
    """Answer for a name that is taken: by the same file, or by another."""
    content.seek(0)
    with target.open("rb") as there:
        is_same = _digest(there) == _digest(content)
    return BatchAnswer("received") if is_same else BatchAnswer("rejected", reason="name_taken")


def _digest(file: BinaryIO) -> bytes:
    """Return the hash of what is left of a file, read piece by piece."""
    found = hashlib.sha256()
    while piece := file.read(_PIECE_BYTES):
        found.update(piece)
    return found.digest()


def _write_whole(path: Path, content: BinaryIO) -> None:
    """Write a file through to the disk."""
    content.seek(0)
    with path.open("xb") as file:
        shutil.copyfileobj(content, file)
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Write a folder's names through to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
