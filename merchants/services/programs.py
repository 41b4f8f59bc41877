"""The key that a program acts with, for what is kept beside an act."""

from typing import TYPE_CHECKING

from people.services.programs import acting_program

if TYPE_CHECKING:
    from people.models import Person


def acting_key(*, actor: "Person | None") -> int | None:
    """Return the key that a program acts with in this call; None where a person does, or nobody.

    Args:
        actor: The person behind the act.

    Transaction: none.
    """
    program = acting_program() if actor is None else None
    return None if program is None else program.key_id
