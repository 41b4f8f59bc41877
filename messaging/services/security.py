"""News about a person's own safety: what changed, told to all their devices."""

from typing import Any

from core.api import moment_out
from core.clock import business_now
from core.transactions import joins
from messaging.enums import FeedKind
from messaging.services.feed import append_for_party
from people.queries import passkey_by_public_id, person_by_id, recovery_by_public_id


@joins
def tell_security(*, person_id: int, what: str, **facts: Any) -> None:
    """Tell all devices of a person that something about their safety changed.

    Changes: one ``FeedRow`` ``security``, unless the person has no party.

    Args:
        person_id: Whose.
        what: A code such as ``frozen``; words are the client's.
        **facts: More that the person should see, as plain JSON values.

    Transaction: joins.
    """
    person = person_by_id(person_id)
    if person is not None and person.party_id is not None:
        tell_party(party_id=person.party_id, what=what, **facts)


@joins
def tell_party(*, party_id: int, what: str, **facts: Any) -> None:
    """Tell all devices of a person, or all of a shop's team who listen, as ``tell_security`` does.

    Changes: one ``FeedRow`` ``security``.

    Args:
        party_id: Whose.
        what: A code.
        **facts: More, as plain JSON values.

    Transaction: joins.
    """
    moment = business_now()
    append_for_party(
        party_id=party_id,
        kind=FeedKind.SECURITY.value,
        payload={"what": what, "at": moment_out(moment), **facts},
        at_least=0,
        moment=moment,
    )


@joins
def tell_passkey(*, passkey_id: str, what: str) -> None:
    """Tell all devices of a person that a passkey came or went.

    Changes: one ``FeedRow`` ``security``.

    Args:
        passkey_id: ``psk_…``.
        what: ``passkey_added`` or ``passkey_removed``.

    Transaction: joins.
    """
    found = passkey_by_public_id(passkey_id)
    if found is not None:
        person_id, name = found
        tell_security(person_id=person_id, what=what, passkey=passkey_id, name=name)


@joins
def tell_recovery(*, recovery_id: str, what: str) -> None:
    """Tell all devices of a person about the recovery of their PIN.

    Changes: one ``FeedRow`` ``security``.

    Args:
        recovery_id: ``rec_…``.
        what: ``recovery_started`` or ``recovery_cancelled``.

    Transaction: joins.
    """
    found = recovery_by_public_id(recovery_id)
    if found is not None:
        tell_security(
            person_id=found.person_id,
            what=what,
            device_name=found.device_name,
            ready_at=moment_out(found.ready_at),
            is_verified=found.is_verified,
        )
