"""What a person says a statement line, or a part of it, was: a fact of ours, checked."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from core.errors import StateConflict
from core.transactions import joins
from payments.enums import AnswerKind, LegKind, PayoutState
from payments.models import Attempt, Payout, StatementLine
from payments.statement_enums import LineKind, LineState

_COMING_BACK = (LineKind.RETURN, LineKind.REVERSAL)
_PAID = (PayoutState.SENT, PayoutState.ACCEPTED, PayoutState.UNKNOWN, PayoutState.SETTLED)
_NOT_DONE = (AnswerKind.REJECTED, AnswerKind.NOT_SENT)


class FactUnfit(StateConflict):
    """What a line is said to be is not what it can be."""

    words = _(
        "Nothing of ours at this bank has that name with this amount, direction and currency and"
        " still waits for a line."
    )


@dataclass(frozen=True, slots=True)
class Fact:
    """A payout that was made or came back, or an attempt; one of the two is None.

    ``kind`` is what a line is that shows it.
    """

    kind: LineKind
    attempt: Attempt | None = None
    payout: Payout | None = None

    @property
    def state(self) -> str:
        """Where the fact is."""
        if self.payout is not None:
            return str(self.payout.state)
        return self.attempt.outcome if self.attempt is not None else ""


@joins
def find_fact(*, line: StatementLine, name: str, signed_minor: int) -> Fact:
    """Return the fact that a name means, locked, if a line of this amount can show it.

    Args:
        line: Tells the bank and the currency.
        name: A payout's public id, or an attempt's instruction id.
        signed_minor: The line's or part's amount; negative when money went out.

    Raises:
        FactUnfit: There is none, or it does not fit.

    Transaction: joins.
    """
    fact = _payout(line, name, signed_minor) or _attempt(line, name, signed_minor)
    if fact is None:
        raise FactUnfit
    return fact


def _payout(line: StatementLine, name: str, signed_minor: int) -> Fact | None:
    """Return a payout that went out with this amount, or that came back with it."""
    comes_back = signed_minor > 0
    rows = Payout.objects.select_for_update(of=("self",)).filter(
        public_id=name,
        bank=line.bank_id,
        currency=line.currency,
        net_minor=abs(signed_minor),
        state__in=[PayoutState.SETTLED] if comes_back else _PAID,
    )
    payout = rows.first()
    if payout is None:
        return None
    shown = StatementLine.objects.filter(state=LineState.MATCHED, payout=payout)
    same = shown.filter(kind__in=_COMING_BACK)
    if (same if comes_back else shown.exclude(kind__in=_COMING_BACK)).exists():
        return None
    return Fact(LineKind.RETURN if comes_back else LineKind.MOVEMENT, payout=payout)


def _attempt(line: StatementLine, name: str, signed_minor: int) -> Fact | None:
    """Return an attempt that moved this amount this way, if no line shows it."""
    rows = (
        Attempt.objects.select_for_update(of=("self",))
        .select_related("leg")
        .filter(
            instruction_id=name,
            leg__bank=line.bank.slug,
            currency=line.currency,
            amount_minor=abs(signed_minor),
        )
    )
    attempt = rows.exclude(outcome__in=_NOT_DONE).first()
    if attempt is None or (attempt.leg.kind == LegKind.DEBIT) != (signed_minor > 0):
        return None
    if StatementLine.objects.filter(state=LineState.MATCHED, attempt=attempt).exists():
        return None
    return Fact(LineKind.MOVEMENT, attempt=attempt)
