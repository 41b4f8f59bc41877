"""What fails with one bank while the others go on: told to staff, with its last error in words."""

import structlog
from django.db.models import F
from django.utils.translation import gettext as _

from core.clock import wall_now
from core.transactions import owns
from payments.enums import BankWork
from payments.models import BankTrouble
from payments.rails import RailUnavailable, StatementUnreadable

LONGEST_ERROR = 300

logger = structlog.get_logger(__name__)


@owns
def note_trouble(*, bank_id: int, work: BankWork, error: Exception) -> None:
    """Write down that a work with a bank failed.

    Changes: the bank's ``BankTrouble`` of that work.

    Args:
        bank_id: The bank's key.
        work: Which.
        error: What went wrong.

    Transaction: owns.
    """
    now, words = wall_now(), words_of(error)[:LONGEST_ERROR]
    row, is_new = BankTrouble.objects.get_or_create(
        bank_id=bank_id, work=work, defaults={"error": words, "since_at": now, "last_at": now}
    )
    if not is_new:
        BankTrouble.objects.filter(pk=row.pk).update(error=words, last_at=now, times=F("times") + 1)


@owns
def clear_trouble(*, bank_id: int, work: BankWork) -> None:
    """Note that a work with a bank succeeded.

    Changes: the bank's ``BankTrouble`` of that work goes.

    Transaction: owns.
    """
    BankTrouble.objects.filter(bank_id=bank_id, work=work).delete()


def words_of(error: Exception) -> str:
    """Say in words what went wrong; what nobody foresaw is named by its class.

    Transaction: none.
    """
    said = str(error) or type(error).__name__
    if isinstance(error, RailUnavailable):
        return _("The bank does not answer: %(said)s") % {"said": said}
    if isinstance(error, StatementUnreadable):
        return _("What the bank sent cannot be read: %(said)s") % {"said": said}
    return _("It broke here: %(kind)s: %(said)s") % {"kind": type(error).__name__, "said": said}
