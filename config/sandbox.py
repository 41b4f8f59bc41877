"""What the sandbox's commands have in common: they refuse to run anywhere else."""

from django.conf import settings
from django.core.management.base import CommandError

from config.seed import cast
from config.seed.cast import Consumer

FRIENDS = {"ana": cast.ANA, "bruno": cast.BRUNO}


def require_sandbox() -> None:
    """Refuse to go on in an instance that moves real money.

    Raises:
        CommandError: The instance is live.
    """
    if settings.TROCO_MODE != "sandbox":
        raise CommandError("This instance is live: it has no invented people or codes.")


def friend(name: str) -> Consumer:
    """Return one of the two people whose device key is fixed.

    Raises:
        CommandError: It is neither Ana nor Bruno.
    """
    found = FRIENDS.get(name.lower())
    if found is None:
        raise CommandError(f"Say one of: {', '.join(FRIENDS)}.")
    return found
