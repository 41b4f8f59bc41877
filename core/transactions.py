"""Who owns a transaction is said in the code, not guessed.

A service is decorated with one of two words:

- ``owns``: it opens the transaction and commits it. Called inside another owner it refuses,
  because a commit in the middle of somebody else's work, or a rollback of it, is a bug that
  no test of either part alone would show.
- ``joins``: it writes as a part of its caller's transaction. Called without an owner it
  refuses, because its writes would commit one by one.

A test that runs inside Django's own test transaction is not an owner: ownership is counted
here, not asked of the connection.

Work that is done under a lease has a fence: it is asked at the beginning of each transaction
whether the lease still stands, see ``core.leases``.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from typing import Any, ParamSpec, Protocol, TypeVar

from django.db import transaction

from core.clock import one_offset

P = ParamSpec("P")
R = TypeVar("R")

_owner: ContextVar[str | None] = ContextVar("troco_transaction_owner", default=None)
_memory: ContextVar[dict[object, Any] | None] = ContextVar("troco_transaction_memory", default=None)


class Fence(Protocol):
    """What stands between work and its writes."""

    def check(self) -> None:
        """Refuse, by raising, the transaction that has just begun, or let nobody else in."""

    def keep(self) -> None:
        """Hear that the transaction is about to commit."""


_fence: ContextVar[Fence | None] = ContextVar("troco_transaction_fence", default=None)
_watchers: list[Callable[[str, str], None]] = []


class OwnershipError(RuntimeError):
    """A service was called where its kind of transaction cannot be."""


@contextmanager
def owns_block(name: str = "block") -> Iterator[None]:
    """Open a transaction for the lines inside, as ``owns`` does for a function.

    Raises:
        OwnershipError: Another owner is already at work in this thread.
    """
    current = _owner.get()
    if current is not None:
        raise OwnershipError(f"{name} owns its transaction and was called inside {current}.")
    token, memory = _owner.set(name), _memory.set({})
    fence = _fence.get()
    try:
        with one_offset(), transaction.atomic():
            if fence is not None:
                fence.check()
            _tell("begun", name)
            yield
            if fence is not None:
                fence.keep()
            _tell("committing", name)
    finally:
        _memory.reset(memory)
        _owner.reset(token)
    _tell("committed", name)


@contextmanager
def fenced_by(fence: Fence) -> Iterator[None]:
    """Let a fence decide on every transaction that the lines inside own."""
    token = _fence.set(fence)
    try:
        yield
    finally:
        _fence.reset(token)


@contextmanager
def watched_by(watcher: Callable[[str, str], None]) -> Iterator[None]:
    """Tell a function of each boundary of an owned transaction within the lines inside.

    A process may die at any of them; who wants to see that nothing is lost there counts them
    once, and dies at each in turn.

    Args:
        watcher: Is told ``begun``, ``committing`` or ``committed``, and the owner's name.
    """
    _watchers.append(watcher)
    try:
        yield
    finally:
        _watchers.remove(watcher)


def _tell(boundary: str, name: str) -> None:
    for watcher in _watchers:
        watcher(boundary, name)


def owns(function: Callable[P, R]) -> Callable[P, R]:
    """Mark a service that opens and commits its own transaction."""

    @wraps(function)
    def owner(*args: P.args, **kwargs: P.kwargs) -> R:
        with owns_block(f"{function.__module__}.{function.__qualname__}"):
            return function(*args, **kwargs)

    owner.troco_transaction = "owns"  # type: ignore[attr-defined]  # Read by a tidy test.
    return owner


def joins(function: Callable[P, R]) -> Callable[P, R]:
    """Mark a service that writes within its caller's transaction."""

    @wraps(function)
    def joiner(*args: P.args, **kwargs: P.kwargs) -> R:
        require_owner(f"{function.__module__}.{function.__qualname__}")
        return function(*args, **kwargs)

    joiner.troco_transaction = "joins"  # type: ignore[attr-defined]  # Read by a tidy test.
    return joiner


def remember(key: object, fact: object) -> None:
    """Keep a fact that this transaction has read or written for those who ask later in it.

    Whoever changes the fact forgets it, by keeping None.
    """
    memory = _memory.get()
    if memory is not None:
        memory[key] = fact


def recall(key: object) -> Any:
    """Return a fact that this transaction remembers, or None."""
    memory = _memory.get()
    return memory.get(key) if memory is not None else None


def require_owner(name: str) -> None:
    """Refuse to go on where no owner's transaction is open.

    Raises:
        OwnershipError: Nobody owns a transaction in this thread.
    """
    if _owner.get() is None:
        raise OwnershipError(f"{name} joins a transaction and was called without one.")


def refuse_owner(name: str) -> None:
    """Refuse to go on inside a transaction: before talking to a bank, for instance.

    Raises:
        OwnershipError: A transaction is open in this thread.
    """
    current = _owner.get()
    if current is not None:
        raise OwnershipError(f"{name} must not run inside the transaction of {current}.")
