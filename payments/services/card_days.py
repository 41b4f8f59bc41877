"""When sales by card are paid on: so many business days later as the agreement on cards says.

What a processor settles with us on its days, a shop is paid on the same days; without days, a
card's sale is like any other.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from payments.enums import CARDS, AgreementState
from payments.models import AgreementRail, Country
from payments.services.calendar import business_days_before, end_of_day

_NOT_BY_CARD_SINCE = """
   AND NOT EXISTS (
       SELECT 1 FROM payments_leg AS leg
         JOIN unnest(%(card_banks)s::text[], %(cards_until)s::timestamptz[]) AS cards(bank, until)
              ON cards.bank = leg.bank
        WHERE leg.payment_id = payment.id AND leg.kind = 'debit' AND leg.rail = 'cards'
          AND payment.completed_at >= cards.until)
"""


def cards_not_yet_settled(
    *, country: Country, cutoff_at: datetime
) -> tuple[str, dict[str, object]]:
    """Return the condition that leaves out sales whose card is not settled at a cutoff.

    Args:
        country: Whose banks' cards.
        cutoff_at: Aware.

    Returns:
        A further condition on ``payment`` for a query, empty where no card waits, and its values.

    Transaction: none (one query, and the calendar's).
    """
    rails = AgreementRail.objects.select_related("agreement__bank").filter(
        agreement__state=AgreementState.LIVE,
        agreement__bank__country=country,
        rail=CARDS,
        settlement_days__gt=0,
    )
    until: dict[str, datetime] = {}
    for terms in rails:
        day = cutoff_at.astimezone(ZoneInfo(terms.timezone)).date()
        last = business_days_before(country=country, day=day, count=terms.settlement_days)
        until[terms.agreement.bank.slug] = end_of_day(day=last, timezone=terms.timezone)
    values: dict[str, object] = {"card_banks": list(until), "cards_until": list(until.values())}
    return (_NOT_BY_CARD_SINCE if until else ""), values
