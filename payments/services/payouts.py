"""One payment to a merchant: its moves, and what each of them writes into the books.

Every function here is a part of somebody else's transaction, who holds the payouts' rows, locked
in order of their ids. The books are posted in one call for many payouts.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import connection

from core.events import publish
from core.ids import new_id
from core.money import Money
from core.transactions import joins
from payments.enums import LedgerKind, PayoutState, TransferKind
from payments.ledger import Owned, Transfer, accounts, make_journal, make_transfer_id, post
from payments.models import Payout
from payments.states import PAYOUT_MOVES

if TYPE_CHECKING:
    from django.db.models import QuerySet


@joins
def lock_payouts(*, rows: "QuerySet[Payout]") -> list[Payout]:
    """Return payouts with their rows locked, in the one order everybody locks them in.

    Transaction: joins.
    """
    return list(rows.select_for_update(of=("self",)).select_related("bank").order_by("id"))


@joins
def claim_payouts(*, payouts: Sequence[Payout], moment: datetime) -> None:
    """Take what merchants are owed out of what is payable: it is on its way from now on.

    Changes: the books (``settle_claim``), the payouts' state with their history.

    Args:
        payouts: Ready ones, saved, with their batch.
        moment: The business moment of the claim.

    Raises:
        InsufficientFunds: A merchant is owed less than its sales say: a bug.

    Transaction: joins.
    """
    _post(payouts, TransferKind.SETTLE_CLAIM, moment)
    _move_many(payouts, PayoutState.CLAIMED, moment=moment)


@joins
def send_payouts(*, payouts: Sequence[Payout], moment: datetime) -> None:
    """Note that the file with these payouts left, or may have left.

    Transaction: joins.
    """
    _move_many(
        [each for each in payouts if each.state == PayoutState.CLAIMED],
        PayoutState.SENT,
        moment=moment,
    )


@joins
def doubt_payouts(*, payouts: Sequence[Payout], moment: datetime, reason: str) -> None:
    """Note that nobody knows what became of these payouts.

    Transaction: joins.
    """
    _move_many(
        [each for each in payouts if each.state == PayoutState.SENT],
        PayoutState.UNKNOWN,
        moment=moment,
        reason=reason,
    )


@joins
def accept_payouts(*, payouts: Sequence[Payout], moment: datetime) -> None:
    """Note that the bank took these payouts in and will execute them.

    Transaction: joins.
    """
    waiting = {PayoutState.SENT, PayoutState.UNKNOWN}
    _move_many(
        [each for each in payouts if each.state in waiting], PayoutState.ACCEPTED, moment=moment
    )


@joins
def settle_payouts(
    *, payouts: Sequence[Payout], references: Mapping[str, str], moment: datetime
) -> None:
    """Note that the bank executed these payouts; those noted already are left as they are.

    Changes: the books (``settle``), the payouts' state with their history, their bank
    references. Publishes ``payout.settled`` for each.

    Args:
        payouts: Locked.
        references: The bank's name of each execution, by the payout's public id.
        moment: The business moment at which it is known.

    Raises:
        StateConflict: One of them was rejected or declared not executed before.

    Transaction: joins.
    """
    new = [each for each in payouts if each.state != PayoutState.SETTLED]
    send_payouts(payouts=new, moment=moment)
    for each in new:
        each.bank_reference = references.get(each.public_id, "")
        each.settled_at = moment
    _post(new, TransferKind.SETTLE, moment)
    _move_many(new, PayoutState.SETTLED, moment=moment)
    for each in new:
        publish("payout.settled", payout_id=each.public_id)


@joins
def refuse_payouts(
    *,
    payouts: Sequence[Payout],
    reasons: Mapping[str, str],
    moment: datetime,
    state: PayoutState = PayoutState.REJECTED,
) -> None:
    """Note that these payouts were definitely not executed, and owe the merchants again.

    Changes: the books (``settle_return``), the payouts' state with their history. Publishes
    ``payout.rejected`` for each.

    Args:
        payouts: Locked.
        reasons: The bank's reason for each, by the payout's public id.
        moment: The business moment at which it is known.
        state: ``rejected``, or ``not_executed`` when the statement closed it.

    Raises:
        StateConflict: One of them was settled before.

    Transaction: joins.
    """
    new = [each for each in payouts if each.state != state]
    send_payouts(payouts=new, moment=moment)
    for each in new:
        each.reason = reasons.get(each.public_id, "")
    _post(new, TransferKind.SETTLE_RETURN, moment)
    _move_many(new, state, moment=moment)
    for each in new:
        publish("payout.rejected", payout_id=each.public_id)


@joins
def return_payouts(
    *, payouts: Sequence[Payout], reasons: Mapping[str, str], moment: datetime
) -> None:
    """Note that the banks of these merchants sent settled money back, and owe them again.

    Changes: the books (``settle_back``), the payouts' state with their history. Publishes
    ``payout.returned`` for each. Those noted already are left as they are.

    Args:
        payouts: Locked.
        reasons: The bank's code for each, by the payout's public id.
        moment: The business moment at which it is known.

    Raises:
        StateConflict: One of them was never settled.

    Transaction: joins.
    """
    new = [each for each in payouts if each.state != PayoutState.RETURNED]
    for each in new:
        each.reason = reasons.get(each.public_id, "")
    _post(new, TransferKind.SETTLE_BACK, moment)
    _move_many(new, PayoutState.RETURNED, moment=moment)
    for each in new:
        publish("payout.returned", payout_id=each.public_id)


@joins
def copy_payout(*, payout: Payout, account: tuple[str, str, str], moment: datetime) -> Payout:
    """Make the new payout that replaces a rejected one; the next batch claims it.

    Args:
        payout: Rejected, not executed or returned, locked; it becomes ``reissued``.
        account: Token, last digits and holder of the account to pay to now.
        moment: The business moment.

    Raises:
        StateConflict: The payout is none of them.

    Transaction: joins.
    """
    _move_many([payout], PayoutState.REISSUED, moment=moment)
    token, last4, holder_name = account
    return Payout.objects.create(
        public_id=new_id("pyo"),
        party_id=payout.party_id,
        bank=payout.bank,
        account_token=token,
        account_last4=last4,
        holder_name=holder_name,
        gross_minor=payout.gross_minor,
        fee_minor=payout.fee_minor,
        refunds_minor=payout.refunds_minor,
        held_minor=payout.held_minor,
        net_minor=payout.net_minor,
        currency=payout.currency,
        reissue_of=payout,
        created_at=moment,
    )


def _post(payouts: Sequence[Payout], kind: TransferKind, moment: datetime) -> None:
    """Write one kind of transfer for many payouts of one bank, in one call."""
    if not payouts:
        return
    sides = [side for each in payouts for side in _sides(each, kind)]
    ids = accounts(sides, payouts[0].currency)
    post(
        [
            Transfer(
                id=make_transfer_id(each.public_id, kind),
                journal=make_journal(each.public_id, kind.value),
                kind=kind.value,
                debit=ids[2 * place],
                credit=ids[2 * place + 1],
                amount=Money(each.net_minor, each.currency),
                payment_ref=each.public_id,
            )
            for place, each in enumerate(payouts)
        ],
        moment,
    )


def _sides(payout: Payout, kind: TransferKind) -> tuple[Owned, Owned]:
    """Return the account that a transfer leaves and the one it reaches."""
    in_flight = Owned(LedgerKind.IN_FLIGHT, payout.party_id)
    payable = Owned(LedgerKind.PAYABLE, payout.party_id)
    if kind == TransferKind.SETTLE_CLAIM:
        return payable, in_flight
    if kind == TransferKind.SETTLE_RETURN:
        return in_flight, payable
    clearing = Owned(LedgerKind.BANK_CLEARING, bank=payout.bank.slug)
    return (clearing, payable) if kind == TransferKind.SETTLE_BACK else (in_flight, clearing)


def _move_many(
    payouts: Iterable[Payout], state: PayoutState, *, moment: datetime, reason: str = ""
) -> None:
    """Change the state of many payouts: the rows and their history, in one statement."""
    moved = list(payouts)
    if not moved:
        return
    for each in moved:
        PAYOUT_MOVES.check(each.state, state)
        each.state = state
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT payouts_move_v1(%s::bigint[], %s, %s::text[], %s::text[], %s, %s)",
            [
                [each.pk for each in moved],
                state.value,
                [each.bank_reference for each in moved],
                [each.reason for each in moved],
                reason,
                moment,
            ],
        )
