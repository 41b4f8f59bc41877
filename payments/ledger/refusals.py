"""What the books refuse, and which error of the database each refusal is."""

from django.db import DatabaseError
from django.utils.translation import gettext_lazy as _

from core.errors import StateConflict, TrocoError

FLOOR_CONSTRAINT = "payments_ledgeraccount_floor_holds"


class InsufficientFunds(TrocoError):
    """The account does not hold as much as should leave it; nothing was moved."""

    code = "insufficient_funds"
    http_status = 422
    words = _("There is not enough money for this. Nothing was moved.")


class HoldEnded(StateConflict):
    """The hold was captured or voided before; nothing was moved."""


class HoldExceeded(TrocoError):
    """More would be captured than is held; nothing was moved."""

    code = "hold_exceeded"
    http_status = 422
    words = _("Less than this is held. Nothing was moved.")


class TransferContradicted(RuntimeError):
    """A fact was posted before with other content: a bug, to be looked at by a person."""


class LedgerRefused(RuntimeError):
    """A transfer names an account that does not exist in its currency: a bug."""


_STATES: dict[str, type[Exception]] = {
    "TR002": LedgerRefused,
    "TR003": TransferContradicted,
    "TR004": HoldEnded,
    "TR005": HoldExceeded,
}


def named(error: DatabaseError) -> Exception:
    """Give a database error of the books its name; any other error stays what it is.

    A refusal that people can act on comes without the database's words; a bug keeps them.
    """
    cause = error.__cause__
    constraint = getattr(getattr(cause, "diag", None), "constraint_name", None)
    if constraint == FLOOR_CONSTRAINT:
        return InsufficientFunds()
    refusal = _STATES.get(getattr(cause, "sqlstate", None) or "")
    if refusal is None:
        return error
    return refusal() if issubclass(refusal, TrocoError) else refusal(str(cause))
