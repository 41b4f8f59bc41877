"""What the pages for developers say of keys, endpoints and tries, in words."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from merchants.enums import AttemptOutcome, Dialect, EndpointStop, KeyScope

SCOPES: dict[str, str | Promise] = {
    KeyScope.MESSAGES: _("Read and send messages"),
    KeyScope.ORDERS: _("Orders: read them and move them on"),
    KeyScope.PAYMENTS: _("Payments: read them"),
    KeyScope.CATALOGUE: _("Catalogue: read and change products"),
    KeyScope.WEBHOOKS: _("Webhooks: endpoints and their log"),
    KeyScope.REFUNDS: _("Refunds: give money back"),
    KeyScope.PAYOUTS: _("Payouts: read them"),
    KeyScope.LINKS: _("Payment links: make them and switch them off"),
}

DIALECTS: dict[str, str | Promise] = {
    Dialect.STANDARD: _("Standard Webhooks"),
    Dialect.CLOUD: _("Cloud API shapes"),
}

STOPS: dict[str, str | Promise] = {
    EndpointStop.GONE: _("It answered 410: that it wants no more."),
    EndpointStop.EXHAUSTED: _(
        "Three pieces of news in a row could not be delivered in three days."
    ),
    EndpointStop.SHOP: _("Somebody of your team stopped it."),
    EndpointStop.STAFF: _("Troco's staff stopped it. Ask us why."),
}

OUTCOMES: dict[str, str | Promise] = {
    AttemptOutcome.ANSWERED: _("Answered"),
    AttemptOutcome.CONNECT: _("Could not connect"),
    AttemptOutcome.TIMEOUT: _("No answer in time"),
    AttemptOutcome.BROKEN: _("The connection broke off"),
    AttemptOutcome.REFUSED_ADDRESS: _("The address leads to a private network"),
    AttemptOutcome.TOO_LARGE: _("The answer was too large"),
    AttemptOutcome.UNMAKEABLE: _("The news could not be put into words"),
}

# What an endpoint may ask for, by what it is about; empty is everything.
KINDS = (
    "order.placed",
    "order.paid",
    "order.preparing",
    "order.shipped",
    "order.completed",
    "order.cancelled",
    "payment.completed",
    "payment.failed",
    "payment.refunded",
    "refund.completed",
    "refund.failed",
    "dispute.opened",
    "payout.settled",
    "payout.rejected",
    "payout.returned",
    "message.created",
    "endpoint.stopped",
)

OVERLAPS = (
    ("0", _("Not at all: the old one ends now")),
    ("1", _("For an hour")),
    ("24", _("For a day")),
    ("168", _("For a week")),
)
