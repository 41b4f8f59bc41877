"""Whether anybody can pay a shop at all, said where it is about to ask for money."""

from typing import Any

from django.urls import reverse

from merchants.portal.access import Seat
from payments.queries.funding import payout_account_of


def account_frame(seat: Seat) -> dict[str, Any]:
    """Return what ``parts/no_account.html`` needs; one query.

    Returns:
        ``lacks_account``: no bank account is set, so no sale can be paid out and none be made;
        ``account_href``: where whoever looks sets one, empty where only an owner may.
    """
    return {
        "lacks_account": payout_account_of(seat.shop.party_id) is None,
        "account_href": reverse("portal:bank") if seat.is_owner else "",
    }
