"""Private folders for Unix sockets, with paths short enough for the kernel.

The path of a Unix socket may have 107 bytes at most, and a home directory may be deep; so sockets
lie in a folder of their own below the temporary directory, and the home notes where.
"""

import os
import shutil
import tempfile
from pathlib import Path

from launcher.errors import LauncherError

# sockaddr_un holds 108 bytes with the closing zero.
LONGEST_SOCKET_PATH = 107
_PREFIX = "troco-"
_LONGEST_NAME = ".s.PGSQL.5432.lock"


def make_short_folder(note: Path) -> Path:
    """Make a folder only its owner may enter; write its path into the note."""
    remove_short_folder(note)
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_short_parent()))
    note.write_text(str(folder), encoding="utf-8")
    return folder


def remove_short_folder(note: Path) -> None:
    """Remove the noted folder, if it is there and truly one of ours."""
    try:
        folder = Path(note.read_text(encoding="utf-8").strip())
    except FileNotFoundError:
        return
    if folder.name.startswith(_PREFIX) and folder.is_dir() and not folder.is_symlink():
        shutil.rmtree(folder, ignore_errors=True)
    note.unlink(missing_ok=True)


def _short_parent() -> str:
    """Return a folder for sockets whose path is short enough and survives a URL.

    Lower case only: readers of URLs fold the case of a host, and ours is a path.
    """
    for parent in (tempfile.gettempdir(), "/tmp", "/var/tmp", "/dev/shm"):  # noqa: S108 - mkdtemp makes a private folder in it.
        longest = len(os.fsencode(f"{parent}/{_PREFIX}12345678/{_LONGEST_NAME}"))
        usable = Path(parent).is_dir() and os.access(parent, os.W_OK)
        if usable and longest <= LONGEST_SOCKET_PATH and parent == parent.lower():
            return parent
    message = "No temporary folder with a short lower-case path is writable; set TMPDIR."
    raise LauncherError(message)
