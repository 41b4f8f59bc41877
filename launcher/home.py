"""The home directory of one instance: data, generated keys, logs, and who runs in it.

Everything an instance keeps between two starts lies here, readable by its person only. A lock held
by the running process (and released by the kernel when it dies, however it dies) keeps two servers
from using one home.
"""

import fcntl
import json
import os
import secrets
from io import TextIOWrapper
from pathlib import Path

from launcher.errors import LauncherError

# Name of the environment variable, and how many random bytes it takes.
_KEYS = {
    "TROCO_SECRET_KEY": 48,
    "TROCO_PIN_PEPPER": 32,
    "TROCO_SIMULATOR_SECRET": 32,
    "TROCO_RECEIPT_KEY": 32,
}


class Home:
    """The directory ``TROCO_HOME``."""

    def __init__(self, path: Path) -> None:
        """Name the directory; nothing is created before it is needed."""
        self.path = path.absolute()
        self._lock: TextIOWrapper | None = None

    @property
    def logs(self) -> Path:
        """Folder of the log files."""
        return self.path / "logs"

    @property
    def data(self) -> Path:
        """Data directory of the embedded Postgres."""
        return self.path / "postgres"

    @property
    def media(self) -> Path:
        """Folder of what people send, when no object store is set."""
        return self.path / "media"

    def lock(self) -> None:
        """Create the directory and take it for this process.

        Raises:
            LauncherError: Another process runs here; the text names it.
        """
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path.chmod(0o700)
        self.logs.mkdir(exist_ok=True)
        file = (self.path / "lock").open("a+", encoding="ascii")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            file.close()
            message = (
                f"{self.path} is in use by process {holder}. "
                "Stop it, or set TROCO_HOME to another directory."
            )
            raise LauncherError(message) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        self._lock = file

    def unlock(self) -> None:
        """Let another process use the directory."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def keys(self) -> dict[str, str]:
        """Return the secret keys of this instance, made once and kept for ever.

        A key that a newer version needs is added; no key is ever replaced, because PINs and
        receipts could not be checked any more.
        """
        file = self.path / "secrets.env"
        kept = _read_environment(file) if file.exists() else {}
        missing = {
            name: secrets.token_urlsafe(size) for name, size in _KEYS.items() if name not in kept
        }
        if missing:
            kept |= missing
            _write_private(file, "".join(f"{name}={value}\n" for name, value in kept.items()))
        return kept

    def write_json(self, name: str, content: dict[str, object]) -> None:
        """Replace a small file of the home at once, so that no reader sees half of it."""
        _write_private(self.path / name, json.dumps(content, indent=2) + "\n")

    def read_json(self, name: str) -> dict[str, object]:
        """Return what ``write_json`` wrote, or an empty dict."""
        try:
            content = json.loads((self.path / name).read_text(encoding="utf-8"))
        except (FileNotFoundError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}


def _read_environment(file: Path) -> dict[str, str]:
    lines = file.read_text(encoding="utf-8").splitlines()
    pairs = (line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip() for name, value in pairs}


def _write_private(file: Path, text: str) -> None:
    """Write beside the file, then rename: 0600 from the first byte, never half a file."""
    beside = file.with_name(f"{file.name}.new")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    beside.replace(file)
