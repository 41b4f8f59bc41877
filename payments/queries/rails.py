"""Which rail reaches what."""

from payments.enums import CARDS, AgreementState, SourceKind
from payments.models import AgreementRail


def debit_rail(*, bank: str, kind: str, usual: str) -> str:
    """Return the rail by which a source is debited.

    Args:
        bank: The source's bank.
        kind: The source's kind.
        usual: The bank's own rail: of its accounts, and of its cards as long as its live
            agreement says nothing else of them.
    """
    if kind == SourceKind.BANK_ACCOUNT:
        return usual
    rails = AgreementRail.objects.filter(
        agreement__bank__slug=bank, agreement__state=AgreementState.LIVE, rail=CARDS
    )
    return CARDS if rails.exists() else usual
