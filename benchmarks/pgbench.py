"""Running pgbench: the reference, and our own scripts under the same hands."""

import re
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from launcher.binaries import find_binaries

SCRIPTS = Path(__file__).parent / "scripts"
THREADS = 2


class PgbenchMissing(RuntimeError):
    """There is no pgbench beside the server's programs nor on the search path."""


class PgbenchFailed(RuntimeError):
    """pgbench ended with an error; its words are the message."""


@dataclass(frozen=True, slots=True)
class Load:
    """How hard a script is driven.

    Attributes:
        clients: Connections at once.
        seconds: For how long; or else
        transactions: how many times each client runs the script.
        variables: Values of the script's variables.
    """

    clients: int
    seconds: int = 0
    transactions: int = 0
    variables: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ran:
    """What pgbench counted."""

    per_second: float
    transactions: int
    latency_ms: float


def find_pgbench() -> str:
    """Return the program, beside the server's own or on the search path.

    Raises:
        PgbenchMissing: It is nowhere; the text says what to install.
    """
    folders = [str(find_binaries().folder), "/usr/bin"]
    folders += [str(path) for path in sorted(Path("/usr/lib/postgresql").glob("*/bin"))]
    for folder in folders:
        found = shutil.which("pgbench", path=folder)
        if found:
            return found
    raise PgbenchMissing(
        "pgbench is missing: the reference and the load come from it. Install your"
        " distribution's postgresql package, or set TROCO_POSTGRES_BIN to a folder that has it."
    )


def fill_reference(program: str, database: str, scale: int) -> None:
    """Make the tables of TPC-B."""
    _run([program, "--initialize", "--quiet", "--scale", str(scale), database])


def run_reference(program: str, database: str, load: Load) -> Ran:
    """Run pgbench's own TPC-B."""
    return _read(_run([*_command(program, load), database]))


def run_script(program: str, database: str, script: Path, load: Load) -> Ran:
    """Run one of our scripts."""
    return _read(_run([*_command(program, load), "--file", str(script), database]))


def _command(program: str, load: Load) -> list[str]:
    command = [program, "--no-vacuum", "--protocol", "prepared", "--client", str(load.clients)]
    command += ["--jobs", str(min(THREADS, load.clients))]
    if load.seconds:
        command += ["--time", str(load.seconds)]
    else:
        command += ["--transactions", str(load.transactions)]
    for name, value in load.variables.items():
        command += ["--define", f"{name}={value}"]
    return command


def _run(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise PgbenchFailed(done.stderr[-2000:])
    return done.stdout


def _read(text: str) -> Ran:
    return Ran(
        per_second=float(_number(r"tps = ([0-9.]+)", text)),
        transactions=int(_number(r"actually processed: ([0-9]+)", text)),
        latency_ms=float(_number(r"latency average = ([0-9.]+)", text)),
    )


def _number(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if found is None:
        raise PgbenchFailed(f"pgbench said nothing of {pattern}: {text[-500:]}")
    return found.group(1)
