"""One table of states: what each is called for a shop, and the tone it is shown in.

Codes live in each app's ``enums`` and ``states``; words for people live only here. A state
without a row is shown by its code in the quiet tone, and a test lists the ones that are missing.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from merchants.enums import Role
from payments.codes.outside import MeansKind


@dataclass(frozen=True, slots=True)
class StateWords:
    """How one state is told.

    Attributes:
        words: Short, starts with a capital letter, no full stop.
        tone: ``ok``, ``wait``, ``info``, ``bad`` or ``mute``: a CSS class.
        icon: Name of a symbol in ``static/icons/tabler.svg``.
        is_live: Whether it is expected to change by itself soon.
    """

    words: str | Promise
    tone: str
    icon: str
    is_live: bool = False


PAYMENT = {
    "authorized": StateWords(_("Confirmed, not charged yet"), "wait", "clock", is_live=True),
    "processing": StateWords(_("Processing"), "wait", "clock", is_live=True),
    "pending_claim": StateWords(_("Pending"), "wait", "hourglass"),
    "completed": StateWords(_("Paid"), "ok", "check"),
    "failed": StateWords(_("Not completed"), "bad", "x"),
    "unknown": StateWords(_("Asking the bank"), "info", "refresh", is_live=True),
    "cancelled": StateWords(_("Cancelled"), "mute", "ban"),
    "expired": StateWords(_("Expired"), "mute", "hourglass"),
    "partially_refunded": StateWords(_("Partly refunded"), "info", "arrow-back-up"),
    "refunded": StateWords(_("Refunded"), "info", "arrow-back-up"),
    "returned": StateWords(_("Returned"), "info", "arrow-back-up"),
    "disputed": StateWords(_("Disputed"), "bad", "alert-triangle"),
}

ORDER = {
    "placed": StateWords(_("New"), "info", "basket"),
    "accepted": StateWords(_("Accepted"), "info", "check"),
    "awaiting_payment": StateWords(_("Waiting for payment"), "wait", "clock"),
    "paid": StateWords(_("Paid"), "ok", "cash"),
    "preparing": StateWords(_("Preparing"), "info", "package"),
    "shipped": StateWords(_("On its way"), "info", "truck"),
    "ready": StateWords(_("Ready to collect"), "info", "building-store"),
    "completed": StateWords(_("Done"), "ok", "checks"),
    "declined": StateWords(_("Declined"), "mute", "ban"),
    "cancelled": StateWords(_("Cancelled"), "mute", "ban"),
    "expired": StateWords(_("Expired"), "mute", "hourglass"),
    "external_pending": StateWords(_("Outside Troco, not verified"), "wait", "help-circle"),
}

PAYOUT = {
    "ready": StateWords(_("Scheduled"), "info", "clock"),
    "claimed": StateWords(_("In the day's batch"), "wait", "list", is_live=True),
    "sent": StateWords(_("Sent to the bank"), "wait", "send", is_live=True),
    "accepted": StateWords(_("Accepted by the bank"), "wait", "building-bank", is_live=True),
    "settled": StateWords(_("Paid out"), "ok", "check"),
    "unknown": StateWords(_("Asking the bank"), "info", "refresh", is_live=True),
    "not_executed": StateWords(_("Not carried out"), "bad", "x"),
    "rejected": StateWords(_("Refused by the bank"), "bad", "x"),
    "reissued": StateWords(_("Sent again as a new payout"), "mute", "refresh"),
    "returned": StateWords(_("Sent back by the bank"), "bad", "arrow-back-up"),
}

PRODUCT = {
    "visible": StateWords(_("In the shop"), "ok", "eye"),
    "hidden": StateWords(_("Hidden"), "mute", "eye-off"),
    "low": StateWords(_("Low stock"), "wait", "alert-triangle"),
    "sold_out": StateWords(_("Sold out"), "bad", "ban"),
    "archived": StateWords(_("Archived"), "mute", "archive"),
}

REFUND = {
    "awaiting_second": StateWords(_("Waits for a second person"), "wait", "users"),
    "approved": StateWords(_("On its way"), "wait", "clock", is_live=True),
    "processing": StateWords(_("On its way"), "wait", "clock", is_live=True),
    "unknown": StateWords(_("Asking the bank"), "info", "refresh", is_live=True),
    "completed": StateWords(_("Given back"), "ok", "check"),
    "failed": StateWords(_("Refused by the bank"), "bad", "x"),
    "declined": StateWords(_("Declined"), "mute", "ban"),
}

DISPUTE = {
    "opened": StateWords(_("Opened"), "bad", "alert-triangle"),
    "evidence_due": StateWords(_("Waits for your answer"), "bad", "alert-triangle"),
    "under_review": StateWords(_("Being decided"), "wait", "hourglass"),
    "won": StateWords(_("Decided for you"), "ok", "check"),
    "lost": StateWords(_("Decided for the customer"), "info", "arrow-back-up"),
    "withdrawn": StateWords(_("Taken back"), "mute", "ban"),
    "expired": StateWords(_("Over, nothing decided"), "mute", "hourglass"),
}

ENDPOINT = {
    "enabled": StateWords(_("Listening"), "ok", "check"),
    "disabled": StateWords(_("Stopped"), "bad", "ban"),
}

DELIVERY = {
    "waiting": StateWords(_("In line"), "wait", "clock", is_live=True),
    "aside": StateWords(_("Trying again"), "wait", "refresh", is_live=True),
    "delivered": StateWords(_("Delivered"), "ok", "check"),
    "parked": StateWords(_("Given up"), "bad", "x"),
}

LINK = {
    "open": StateWords(_("Can be paid"), "ok", "check"),
    "expired": StateWords(_("Over"), "mute", "hourglass"),
    "used_up": StateWords(_("Paid as often as it may be"), "info", "checks"),
    "disabled": StateWords(_("Switched off"), "mute", "ban"),
}

JOB = {
    "queued": StateWords(_("Waits for its turn"), "wait", "clock", is_live=True),
    "running": StateWords(_("Being prepared"), "wait", "refresh", is_live=True),
    "asks": StateWords(_("Waits for your yes"), "info", "help-circle"),
    "done": StateWords(_("Ready"), "ok", "check"),
    "stopped": StateWords(_("Stopped"), "mute", "ban"),
    "failed": StateWords(_("Did not work"), "bad", "x"),
}

PROPOSAL = {
    "open": StateWords(_("Waits for a second person"), "wait", "users"),
    "approved": StateWords(_("Approved"), "ok", "check"),
    "declined": StateWords(_("Declined"), "mute", "ban"),
    "withdrawn": StateWords(_("Taken back"), "mute", "ban"),
    "expired": StateWords(_("Over, nothing decided"), "mute", "hourglass"),
}

BROADCAST = {
    "scheduled": StateWords(_("Planned"), "info", "clock"),
    "sending": StateWords(_("Going out"), "wait", "send", is_live=True),
    "done": StateWords(_("Has gone out"), "ok", "checks"),
    "cancelled": StateWords(_("Called off"), "mute", "ban"),
}

TABLES = {
    "broadcast": BROADCAST,
    "payment": PAYMENT,
    "order": ORDER,
    "payout": PAYOUT,
    "product": PRODUCT,
    "refund": REFUND,
    "proposal": PROPOSAL,
    "dispute": DISPUTE,
    "link": LINK,
    "job": JOB,
    "endpoint": ENDPOINT,
    "delivery": DELIVERY,
}


@dataclass(frozen=True, slots=True)
class RoleWords:
    """How a role is told: its name, and what it may."""

    name: str | Promise
    may: str | Promise


WAYS: dict[str, str | Promise] = {
    "order": _("Orders and charges in the chat"),
    "request": _("Requests"),
    "link": _("Payment links and QR"),
    "direct": _("Sent without being asked for"),
}
"""How a payment came: what asked for it."""

ROLES = {
    Role.OWNER: RoleWords(_("Owner"), _("Everything, and who else works here")),
    Role.MANAGER: RoleWords(_("Manager"), _("Sales, catalogue, chats and disputes; no keys")),
    Role.CASHIER: RoleWords(_("Cashier"), _("Sells, chats, and refunds up to a limit")),
    Role.SUPPORT: RoleWords(_("Support"), _("Chats and orders; sees no payouts")),
    Role.ACCOUNTANT: RoleWords(_("Accountant"), _("Reads payments, payouts and files")),
    Role.DEVELOPER: RoleWords(_("Developer"), _("Keys, webhooks and their logs")),
}

REFUND_REASONS = {
    "customer_asked": _("The customer asked for it"),
    "out_of_stock": _("It is sold out"),
    "damaged": _("It was damaged"),
    "not_delivered": _("It was not delivered"),
    "wrong_amount": _("The amount was wrong"),
    "paid_twice": _("It was paid twice"),
    "dispute_lost": _("A dispute was decided for the customer"),
    "other": _("Something else"),
}


@dataclass(frozen=True, slots=True)
class MeansWords:
    """How a way to be paid outside of Troco is told to the shop."""

    name: Promise | str
    about: Promise | str
    asks_for: Promise | str
    help_text: Promise | str


MEANS = {
    MeansKind.PIX: MeansWords(
        "Pix",
        _("Customers scan a code that names your key and the order's amount."),
        _("Pix key"),
        _("CPF, CNPJ, e-mail, random key, or a phone with +55."),
    ),
    MeansKind.UPI: MeansWords(
        "UPI",
        _("Customers open their UPI app with your address and the amount filled in."),
        _("UPI address"),
        _("Such as shop@bank."),
    ),
    MeansKind.EPC: MeansWords(
        _("SEPA transfer"),
        _("Customers scan a code that fills in your IBAN and the amount."),
        _("IBAN"),
        _("As your bank shows it; blanks do not matter."),
    ),
    MeansKind.BKASH: MeansWords(
        "bKash",
        _("Customers pay your merchant number in their bKash app."),
        _("bKash merchant number"),
        _("Such as 01712 345678."),
    ),
    MeansKind.PAYNOW: MeansWords(
        "PayNow",
        _("Customers scan a code that names your UEN or number and the amount."),
        _("UEN or mobile number"),
        _("The one that is registered with PayNow."),
    ),
    MeansKind.CLABE: MeansWords(
        _("Transfer by CLABE"),
        _("Customers send a transfer to your account from their bank's app."),
        "CLABE",
        _("All 18 digits."),
    ),
    MeansKind.TILL: MeansWords(
        _("Till number"),
        _("Customers pay your till in their mobile money app."),
        _("Till number"),
        _("5 to 7 digits."),
    ),
    MeansKind.LINK: MeansWords(
        _("Link"),
        _("Customers open the page of a payment service that you use."),
        _("Address"),
        _("It begins with https://. Customers see the whole address before they open it."),
    ),
}

DISPUTE_REASONS = {
    "not_me": _("Says: I did not make this payment"),
    "coerced": _("Says: I was forced to pay"),
    "tricked": _("Says: I was tricked into paying"),
    "not_received": _("Says: nothing came"),
    "not_as_described": _("Says: it is not what was offered"),
    "damaged": _("Says: it is damaged"),
    "wrong_amount": _("Says: the amount is wrong"),
    "paid_twice": _("Says: I paid twice"),
    "order_cancelled": _("Says: the order was cancelled"),
    "other": _("The card's issuer took the money back"),
}

DISPUTE_KINDS = {
    "fraud": _("Fraud"),
    "commercial": _("Purchase"),
    "chargeback": _("Chargeback of the card's issuer"),
}

# What usually decides a dispute; shown beside the answer.
EVIDENCE = {
    "not_received": (
        _("When and how it was sent, with the tracking number"),
        _("Who took it in, or where it was left"),
        _("What you and the customer wrote about it"),
    ),
    "not_as_described": (
        _("What your offer said, and what was delivered"),
        _("What the customer was told before paying"),
    ),
    "damaged": (
        _("How it was packed, and when it was handed over"),
        _("Whether you offered another one or money back"),
    ),
    "wrong_amount": (_("The order with its prices"), _("What was agreed in the chat")),
    "paid_twice": (_("The two payments, and what each was for"),),
    "not_me": (
        _("What shows that the card's holder ordered: the chat, the address, earlier orders"),
        _("When and how it was handed over, and to whom"),
    ),
    "order_cancelled": (_("Who cancelled, when, and what was already made or sent"),),
}

# What a payout took along beside sales.
ENTRIES = {
    "refund": _("Refund, less the fee given back"),
    "refund_back": _("Refund that the bank refused"),
    "refund_won": _("Chargeback that the card's issuer gave back"),
    "hold": _("Held for a dispute"),
    "release": _("No longer held"),
}

# Why a payment did not go through, and what to tell the customer.
FAILURES = {
    "insufficient_funds": (
        _("The bank says there was not enough money"),
        _("Nothing was taken. The customer can choose another account and pay again."),
    ),
}
ANY_FAILURE = (
    _("The bank did not carry it out"),
    _("Nothing was taken. The customer can try again, or use another account."),
)

# What the payment's bubble says above the amount, from the shop's side.
PAYMENT_HEADLINES = {
    "authorized": _("The customer confirmed"),
    "processing": _("Payment on its way"),
    "pending_claim": _("Waiting to be accepted"),
    "completed": _("Payment received"),
    "failed": _("Payment not completed"),
    "unknown": _("The bank has not answered yet"),
    "cancelled": _("Payment cancelled"),
    "expired": _("Payment expired"),
    "partially_refunded": _("Partly refunded"),
    "refunded": _("Refunded"),
    "returned": _("Payment returned"),
    "disputed": _("The customer disputes this payment"),
}

# The three steps under the amount.
STAGES = (_("Confirmed"), _("At the bank"), _("Received"))
STAGE_REACHED = {"authorized": 1, "processing": 1, "unknown": 1, "failed": 1, "completed": 3}


def state_words(table: str, state: str) -> StateWords:
    """Return how a state is told; a state without a row shows its own code.

    Args:
        table: ``payment``, ``order``, ``payout`` or ``product``.
        state: The state's code.
    """
    return TABLES[table].get(state, StateWords(state.replace("_", " "), "mute", "circle-dashed"))
