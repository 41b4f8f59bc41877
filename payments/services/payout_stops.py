"""Stopping payouts to one party, and letting them go on: for the rooms above to say when.

A claim of a settlement holds the party's payout account, and so does whoever stops: a stop that
has committed is seen by the very next claim, and one claimed before is not called back.
"""

from datetime import datetime

from core.transactions import joins
from payments.models import PayoutStop
from payments.services.payables import lock_payable


@joins
def stop_payouts(*, party_id: int, code: str, moment: datetime) -> None:
    """Pay nothing out to a party from now on; again changes nothing.

    Changes: a ``PayoutStop``.

    Args:
        party_id: Whose payouts.
        code: The caller's word for why, such as ``shop_review``.
        moment: The business moment.

    Transaction: joins.
    """
    lock_payable(party_id=party_id)
    stop = PayoutStop(party_id=party_id, code=code, stopped_at=moment)
    PayoutStop.objects.bulk_create([stop], ignore_conflicts=True)


@joins
def let_payouts_go(*, party_id: int, code: str, moment: datetime) -> None:
    """Take a stop away; others of the party stay.

    Changes: the ``PayoutStop``.

    Transaction: joins.
    """
    lock_payable(party_id=party_id)
    standing = PayoutStop.objects.filter(party_id=party_id, code=code, lifted_at__isnull=True)
    standing.update(lifted_at=moment)
