"""``python -m launcher``: serve an instance, or run a command beside the one that serves.

``serve [--quiet-story]``, ``manage COMMAND...`` and ``environment`` (prints the settings of the
running instance as shell assignments, for ``eval``).
"""

import os
import shlex
import sys
from collections.abc import Sequence

from launcher.errors import LauncherError
from launcher.home import Home
from launcher.instance import ROOT, environment_of_running, read_options
from launcher.supervisor import serve


def main(arguments: Sequence[str]) -> int:
    """Do what the line asks; return the exit code."""
    command, *rest = arguments or ["help"]
    os.chdir(ROOT)
    try:
        if command == "serve" and set(rest) <= {"--quiet-story"}:
            return serve(os.environ, tell_story="--quiet-story" not in rest)
        if command == "manage":
            _become_manage(rest)
        if command == "environment" and not rest:
            return _print_environment()
    except LauncherError as error:
        sys.stderr.write(f"\n{error}\n")
        return 1
    sys.stderr.write("usage: launcher serve [--quiet-story] | manage COMMAND... | environment\n")
    return 2


def _become_manage(arguments: Sequence[str]) -> None:
    environment = environment_of_running(Home(read_options(os.environ).home))
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    os.execve(sys.executable, command, environment)  # noqa: S606 - no shell is wanted.


def _print_environment() -> int:
    environment = environment_of_running(Home(read_options(os.environ).home))
    for name in sorted(set(environment) - set(os.environ)):
        sys.stdout.write(f"export {name}={shlex.quote(environment[name])}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
