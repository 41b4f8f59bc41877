"""What passkeys of both kinds share: reading what a browser made, and how many one has.

``passkeys`` are those that approve payments, ``web_keys`` those that are the second factor of the
portal. They are rows of their own, and neither stands for the other.
"""

from collections.abc import Iterable
from typing import Final

from django.utils.translation import gettext_lazy as _

from core.errors import StateConflict, TrocoError
from people.authenticators import Known, Registered, read_registration
from people.models import Passkey, WebKey

MOST_PASSKEYS: Final = 20


class PasskeyRefused(TrocoError):
    """The authenticator's answer does not hold: another origin, no user verification, …."""

    code = "passkey_refused"
    http_status = 422
    words = _("This passkey could not be added. Try again on this page, with your fingerprint.")


def registered(credential: object, challenge: bytes) -> Registered:
    """Return what an authenticator made for a challenge.

    Raises:
        PasskeyRefused: It does not hold.

    Transaction: none.
    """
    found = read_registration(credential, challenge)
    if found is None:
        raise PasskeyRefused
    return found


def known(rows: Iterable[Passkey | WebKey]) -> list[Known]:
    """Return passkeys as their person's authenticators are reminded of them.

    Transaction: none (the rows' own query).
    """
    return [Known(bytes(row.credential_id), tuple(row.transports)) for row in rows]


def check_room(count: int) -> None:
    """Refuse one passkey more for who has the most that one may have.

    Raises:
        StateConflict: There are twenty already.

    Transaction: none.
    """
    if count >= MOST_PASSKEYS:
        raise StateConflict(_("You have twenty passkeys. Remove one that you no longer use."))
