"""Who acts where no person does: a program, for the length of its call.

A service takes the person behind an act. A program that calls with a shop's key has none, and
"the house itself" would be a lie; so the door that let it in says here which key acts, and what
writes history down reads it from here.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Program:
    """A program, by the key that it calls with: its primary key and its public id."""

    key_id: int
    ref: str


_acting: ContextVar[Program | None] = ContextVar("troco_program", default=None)


@contextmanager
def one_call() -> Iterator[None]:
    """Forget at the end of a call which program acted in it; nobody does at its beginning.

    Transaction: none.
    """
    token = _acting.set(None)
    try:
        yield
    finally:
        _acting.reset(token)


def let_act(*, program: Program) -> None:
    """Say which program acts until the end of this call.

    Transaction: none.
    """
    _acting.set(program)


def acting_program() -> Program | None:
    """Return which program acts in this call; None where a person does, or the house itself.

    Transaction: none.
    """
    return _acting.get()
