"""Become a process that may run Postgres and that dies with its parent, then become the command.

Run as a file by a bare interpreter (``python -I -S confine.py MODE SIGNAL PARENT COMMAND...``), so
that it imports nothing but the standard library and starts in about 20 ms. It is a trampoline and
not a ``preexec_fn``, because that would run Python code between fork and exec of a threaded parent.

Modes:
    plain: Nothing changes.
    userns: A user namespace in which the caller is ``nobody``: Postgres refuses to run as root,
        and its own check is all that has to be satisfied. Files stay the caller's.
    nobody: Root becomes ``nobody`` for good.
    nobody-reach: The same, but keeps the one capability to pass closed folders on the way to its
        files: a checkout below ``/root`` in a container that forbids user namespaces.
"""

import ctypes
import os
import signal
import sys

NOBODY = 65534
_CLONE_NEWUSER = 0x10000000
_PR_SET_PDEATHSIG = 1
_PR_SET_KEEPCAPS = 8
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_CAP_DAC_OVERRIDE = 1
_CAPABILITY_VERSION_3 = 0x20080522
_PROBE = "--probe"

_libc = ctypes.CDLL(None, use_errno=True)


def _check(result: int, what: str) -> None:
    if result != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")


def _stay() -> None:
    """Change nothing."""


def _enter_namespace() -> None:
    """Become ``nobody`` in a new user namespace that maps to the caller outside."""
    uid, gid = os.geteuid(), os.getegid()
    _check(_libc.unshare(_CLONE_NEWUSER), "unshare")
    # The kernel wants setgroups denied before an unprivileged process may map its group.
    for name, line in (
        ("setgroups", "deny"),
        ("uid_map", f"{NOBODY} {uid} 1"),
        ("gid_map", f"{NOBODY} {gid} 1"),
    ):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:  # noqa: PTH123 - pathlib is slow to import and this runs before every child.
            file.write(line)


def _become_nobody() -> None:
    """Give up root for good."""
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)


def _become_nobody_with_reach() -> None:
    """Give up root, keep only the capability that passes closed folders."""
    _check(_libc.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0), "keepcaps")
    _become_nobody()
    bit = 1 << _CAP_DAC_OVERRIDE
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    data = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)
    _check(_libc.capset(header, data), "capset")
    raised = _libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, _CAP_DAC_OVERRIDE, 0, 0)
    _check(raised, "ambient capability")


def _die_with_parent(death_signal: int, parent: int) -> None:
    """Ask the kernel for a signal when the parent dies; leave at once if it died already."""
    if sys.platform != "linux":
        return
    _check(_libc.prctl(_PR_SET_PDEATHSIG, death_signal, 0, 0, 0), "parent death signal")
    if os.getppid() != parent:
        sys.exit("The parent is gone.")


def _probe(paths: list[str]) -> None:
    """Fail unless each folder can be listed and each file can be read."""
    for path in paths:
        if os.path.isdir(path):  # noqa: PTH112 - see above.
            os.listdir(path)  # noqa: PTH208 - see above.
        else:
            os.close(os.open(path, os.O_RDONLY))


MODES = {
    "plain": _stay,
    "userns": _enter_namespace,
    "nobody": _become_nobody,
    "nobody-reach": _become_nobody_with_reach,
}


def main(arguments: list[str]) -> None:
    """Enter the mode, then run the command or probe the paths.

    Args:
        arguments: Mode, signal name (``TERM``), the parent's pid, then the command, or
            ``--probe`` and paths.
    """
    mode, signal_name, parent, *command = arguments
    MODES[mode]()
    if command[0] == _PROBE:
        _probe(command[1:])
        return
    # After the change of identity: the kernel forgets the death signal at each such change.
    _die_with_parent(signal.Signals[f"SIG{signal_name}"], int(parent))
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted.


if __name__ == "__main__":
    main(sys.argv[1:])
