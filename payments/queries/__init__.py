"""Reads of payments: what other rooms may ask, and the answers as frozen facts.

``countries`` and ``rule`` say where business is open, ``payments`` what became of a payment,
``requests`` who asked whom for money, ``shop`` what a shop earns, ``funding`` and ``limits``
what a person may use.
"""

from payments.queries.countries import (
    BankFacts,
    CountryAvailability,
    CountryFacts,
    availability,
    bank_by_slug,
    banks_of,
    country_by_iso2,
    list_countries,
)
from payments.queries.limits import LimitFacts, limits_left
from payments.queries.payment_details import (
    LineFacts,
    PaymentDetail,
    StepFacts,
    payment_detail,
)
from payments.queries.payments import (
    MoveFacts,
    PaymentFilter,
    PaymentSnapshot,
    demand_is_busy,
    list_payments,
    payment_snapshot,
    snapshot_of,
    was_paid_since,
)
from payments.queries.receipts import receipt_link
from payments.queries.requests import (
    RequestDetail,
    RequestFilter,
    RequestSnapshot,
    SplitFacts,
    list_requests,
    request_detail,
    request_snapshot,
    requests_of,
)
from payments.queries.shop import (
    PayoutFacts,
    PayoutItemFacts,
    shop_payments,
    shop_payouts,
)
from payments.queries.shop_figures import payable_now

__all__ = [
    "BankFacts",
    "CountryAvailability",
    "CountryFacts",
    "LimitFacts",
    "LineFacts",
    "MoveFacts",
    "PaymentDetail",
    "PaymentFilter",
    "PaymentSnapshot",
    "PayoutFacts",
    "PayoutItemFacts",
    "RequestDetail",
    "RequestFilter",
    "RequestSnapshot",
    "SplitFacts",
    "StepFacts",
    "availability",
    "bank_by_slug",
    "banks_of",
    "country_by_iso2",
    "demand_is_busy",
    "limits_left",
    "list_countries",
    "list_payments",
    "list_requests",
    "payable_now",
    "payment_detail",
    "payment_snapshot",
    "receipt_link",
    "request_detail",
    "request_snapshot",
    "requests_of",
    "shop_payments",
    "shop_payouts",
    "snapshot_of",
    "was_paid_since",
]
