"""The environment of one instance: what its processes read, whoever starts them.

The supervisor writes it into the home while it runs, so that ``script/manage`` and ``script/story``
speak to the same databases, the same simulated bank and with the same keys.
"""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from launcher.errors import LauncherError
from launcher.home import Home

ROOT = Path(__file__).parent.parent
_DEFAULT_PORT = 8000
_LARGEST_PORT = 65535
_NOTE = "instance.json"


@dataclass(frozen=True)
class Options:
    """What the person who starts an instance chose, by the environment."""

    home: Path
    host: str
    port: int
    mode: str
    web_workers: int
    web_threads: int
    worker_processes: int

    @property
    def url(self) -> str:
        """Where this machine reaches the instance."""
        host = "127.0.0.1" if self.host in {"0.0.0.0", "::"} else self.host  # noqa: S104 - compared, not bound.
        return f"http://{host}:{self.port}"


def read_options(environment: Mapping[str, str]) -> Options:
    """Read the launcher's own settings.

    Raises:
        LauncherError: A value is not what its name promises.
    """
    return Options(
        home=Path(environment.get("TROCO_HOME") or ROOT / ".troco"),
        host=environment.get("TROCO_HOST") or "127.0.0.1",
        port=_number(environment, "TROCO_PORT", _DEFAULT_PORT, largest=_LARGEST_PORT),
        mode=environment.get("TROCO_MODE") or "sandbox",
        web_workers=_number(environment, "TROCO_WEB_WORKERS", 2, largest=64),
        web_threads=_number(environment, "TROCO_WEB_THREADS", 8, largest=64),
        worker_processes=_number(environment, "TROCO_WORKER_PROCESSES", 2, largest=64),
    )


def _number(environment: Mapping[str, str], name: str, default: int, *, largest: int) -> int:
    text = environment.get(name) or str(default)
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= largest):
        message = f"{name} is a whole number from 1 to {largest}, not {text!r}."
        raise LauncherError(message)
    return int(text)


def refuse_taken_port(host: str, port: int) -> None:
    """Raise LauncherError when something already listens where the instance should."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As the server will: a port whose last connections still fade away is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            message = (
                f"Port {port} on {host} cannot be used ({error.strerror}). "
                f"Stop what uses it, or start with another: TROCO_PORT={port + 1} script/server"
            )
            raise LauncherError(message) from error


def free_port() -> int:
    """Return a port of the loopback address that nothing uses at the moment."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(host: str, port: int) -> bool:
    """Tell whether something takes connections there."""
    try:
        socket.create_connection((host, port), timeout=2).close()
    except OSError:
        return False
    return True


def simulator_settings(home: Home, options: Options) -> dict[str, str]:
    """Return the settings of the simulated bank, or none when it is not ours to start."""
    if options.mode != "sandbox" or os.environ.get("TROCO_SIMULATOR_URL"):
        return {}
    port = _number(os.environ, "TROCO_SIMULATOR_PORT", free_port(), largest=_LARGEST_PORT)
    return {
        "TROCO_SIMULATOR_PORT": str(port),
        "TROCO_SIMULATOR_STORE": str(home.path / "simulator.sqlite3"),
        "TROCO_SIMULATOR_URL": f"http://127.0.0.1:{port}",
        "TROCO_SIMULATOR_CALLBACK_URL": os.environ.get("TROCO_SIMULATOR_CALLBACK_URL")
        or f"{options.url}/bank/callbacks",
    }


def write_note(home: Home, settings: Mapping[str, str]) -> None:
    """Leave the instance's settings where ``script/manage`` finds them; not its keys."""
    home.write_json(_NOTE, dict(settings))


def remove_note(home: Home) -> None:
    """Take the note away: nothing runs here any more."""
    (home.path / _NOTE).unlink(missing_ok=True)


def environment_of_running(home: Home) -> dict[str, str]:
    """Return the whole environment for a command beside a running instance.

    With ``DATABASE_URL`` set, the caller's own environment is the answer.

    Raises:
        LauncherError: Nothing runs in this home.
    """
    if os.environ.get("DATABASE_URL"):
        return dict(os.environ)
    note = home.read_json(_NOTE)
    if not note:
        message = (
            f"No server runs in {home.path}. Start script/server first, "
            "or name the right home by TROCO_HOME."
        )
        raise LauncherError(message)
    return {**os.environ, **home.keys(), **{name: str(value) for name, value in note.items()}}
