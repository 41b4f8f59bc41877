"""Who of the staff saw a person's data in full, and why."""

from core.transactions import owns
from people.models import Person
from people.services.audit import record


@owns
def note_reveal(*, staff: Person, person: Person, reason: str) -> None:
    """Write down that somebody looks at a person's data in full, before it is shown.

    Changes: an audit entry.

    Args:
        staff: Who looks.
        person: At whom; a person with a party.
        reason: Why.

    Transaction: owns.
    """
    record(
        actor=staff,
        action="person.revealed",
        object_ref=person.party.public_id if person.party else person.login,
        before={},
        after={"shown": ["phone", "legal_name", "tax_id"]},
        reason=reason,
    )
