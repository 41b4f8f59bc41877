"""Codes of payments. Codes, never words for people: words are in the API's catalogue."""

from enum import StrEnum

from django.db.models import TextChoices


class PaymentKind(StrEnum):
    """What a payment is for; also the capability a country must have open (ruling 7)."""

    PERSON_TO_PERSON = "person_to_person"
    PURCHASE = "purchase"


class PaymentState(StrEnum):
    """Where a payment is; the moves between them are in ``states.PAYMENT_MOVES``."""

    AUTHORIZED = "authorized"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"
    RETURNED = "returned"
    PENDING_CLAIM = "pending_claim"
    PARTIALLY_REFUNDED = "partially_refunded"
    REFUNDED = "refunded"
    DISPUTED = "disputed"


class LegKind(StrEnum):
    """One movement of money at a bank that a payment is made of."""

    DEBIT = "debit"
    CREDIT = "credit"
    RETURN = "return"
    REFUND = "refund"


BOOKS = "books"
"""The rail of a leg that moves money inside the books only: no bank is called."""

CARDS = "cards"
"""The rail by which cards are charged, where the bank's agreement has it."""


class LegState(StrEnum):
    """What is known of a leg; ``unknown`` is closed by the bank or its statement only."""

    PENDING = "pending"
    EXECUTED = "executed"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class AnswerKind(StrEnum):
    """What is known of an attempt, in the rails' words; the first three are definitive."""

    EXECUTED = "executed"
    REJECTED = "rejected"
    NOT_SENT = "not_sent"
    UNKNOWN = "unknown"


class DemandKind(StrEnum):
    """What asks for money: an order, a request between people, a payment link, or a payment.

    A payment asks for itself when it was sent by mistake and is to be given back.
    """

    ORDER = "order"
    REQUEST = "request"
    LINK = "link"
    RETURN = "return"


class RequestState(StrEnum):
    """Where a request for money is; the moves are in ``states.REQUEST_MOVES``."""

    OPEN = "open"
    PAID = "paid"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class RequestMeans(StrEnum):
    """How a request was paid: by a payment here, or otherwise, as its requester says."""

    TROCO = "troco"
    OTHERWISE = "otherwise"


class SplitMode(StrEnum):
    """How a bill is divided among those who are asked."""

    EQUAL = "equal"
    AMOUNTS = "amounts"
    SHARES = "shares"


class RefundState(StrEnum):
    """Where a refund is; ``states.REFUND_MOVES`` has the moves."""

    AWAITING_SECOND = "awaiting_second"
    APPROVED = "approved"
    PROCESSING = "processing"
    UNKNOWN = "unknown"
    COMPLETED = "completed"
    FAILED = "failed"
    DECLINED = "declined"


class RefundOrigin(StrEnum):
    """Who decided that money goes back: the shop, the operator's staff, or a lost dispute."""

    SELLER = "seller"
    STAFF = "staff"
    DISPUTE = "dispute"


class RefundReason(StrEnum):
    """Why money goes back, from a list; a note may say more."""

    CUSTOMER_ASKED = "customer_asked"
    OUT_OF_STOCK = "out_of_stock"
    DAMAGED = "damaged"
    NOT_DELIVERED = "not_delivered"
    WRONG_AMOUNT = "wrong_amount"
    PAID_TWICE = "paid_twice"
    DISPUTE_LOST = "dispute_lost"
    OTHER = "other"


class DisputeKind(StrEnum):
    """The paths of a dispute: somebody was cheated, a purchase went wrong, or a card's issuer.

    A chargeback is opened and decided by the issuer; nobody opens one here.
    """

    FRAUD = "fraud"
    COMMERCIAL = "commercial"
    CHARGEBACK = "chargeback"


CLAIMED_KINDS = (DisputeKind.FRAUD, DisputeKind.COMMERCIAL)
"""The disputes that a payer opens here."""


class DisputeState(StrEnum):
    """Where a dispute is (ruling 3), seen from the one who was paid; ``DISPUTE_MOVES``."""

    OPENED = "opened"
    EVIDENCE_DUE = "evidence_due"
    UNDER_REVIEW = "under_review"
    WON = "won"
    LOST = "lost"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class DisputeReason(StrEnum):
    """What the payer says is wrong; the first three are frauds, the others of a purchase.

    ``other`` is an issuer's code that says none of these; nobody chooses it here.
    """

    NOT_ME = "not_me"
    COERCED = "coerced"
    TRICKED = "tricked"
    NOT_RECEIVED = "not_received"
    NOT_AS_DESCRIBED = "not_as_described"
    DAMAGED = "damaged"
    WRONG_AMOUNT = "wrong_amount"
    PAID_TWICE = "paid_twice"
    ORDER_CANCELLED = "order_cancelled"
    OTHER = "other"


class ChargebackState(StrEnum):
    """Where a chargeback is: disputed here, without a dispute, or given back by the issuer."""

    DISPUTED = "disputed"
    APART = "apart"
    REVERSED = "reversed"


class EntryKind(StrEnum):
    """What changed what a shop is owed, beside a sale and a payout."""

    REFUND = "refund"
    REFUND_BACK = "refund_back"
    REFUND_WON = "refund_won"
    HOLD = "hold"
    RELEASE = "release"


class SourceKind(StrEnum):
    """Where a payer's money comes from."""

    BANK_ACCOUNT = "bank_account"
    DEBIT_CARD = "debit_card"
    CREDIT_CARD = "credit_card"
    PREPAID_CARD = "prepaid_card"
    BALANCE = "balance"


class LedgerKind(StrEnum):
    """The chart of accounts (ruling 1); ``payments.ledger`` says what each one is."""

    BANK_CLEARING = "bank_clearing"
    IN_FLIGHT = "in_flight"
    PAYABLE = "payable"
    BALANCE = "balance"
    HELD = "held"
    FEE_INCOME = "fee_income"
    SUSPENSE = "suspense"
    ROUNDING = "rounding"
    BANK_CHARGES = "bank_charges"
    WRITE_OFFS = "write_offs"
    CHARGEBACKS = "chargebacks"


class TransferKind(StrEnum):
    """The verbs of the ledger; ``docs/ledger.md`` lists the accounts each one moves."""

    RESERVE = "reserve"
    RELEASE = "release"
    COLLECT = "collect"
    DELIVER = "deliver"
    FEE = "fee"
    RETURN = "return"
    SETTLE_CLAIM = "settle_claim"
    SETTLE = "settle"
    SETTLE_RETURN = "settle_return"
    SETTLE_BACK = "settle_back"
    REFUND_CLAIM = "refund_claim"
    REFUND_FEE = "refund_fee"
    REFUND = "refund"
    REFUND_BACK = "refund_back"
    REFUND_FEE_BACK = "refund_fee_back"
    HOLD = "hold"
    HOLD_RELEASE = "hold_release"
    SUSPEND = "suspend"
    UNSUSPEND = "unsuspend"
    WRITE_OFF = "write_off"
    BANK_CHARGE = "bank_charge"
    CHARGEBACK = "chargeback"
    WON_BACK = "won_back"
    WON_BACK_FEE = "won_back_fee"


class PostingOutcome(StrEnum):
    """What became of one transfer of a batch."""

    POSTED = "posted"
    KNOWN = "known"
    INSUFFICIENT_FUNDS = "insufficient_funds"
    CONTRADICTED = "contradicted"
    NO_ACCOUNT = "no_account"
    REFUSED = "refused"


class HoldState(StrEnum):
    """Where an amount held in the books is."""

    HELD = "held"
    CAPTURED = "captured"
    VOIDED = "voided"


class LimitWindow(StrEnum):
    """Over what time a limit counts; all in the country's own time zone."""

    PAYMENT = "payment"
    DAY = "day"
    MONTH = "month"
    NIGHT = "night"


class LimitCondition(StrEnum):
    """When a limit applies at all; ``payments.limits`` says what each one means."""

    ALWAYS = "always"
    NEW_DEVICE = "new_device"
    GOING_OUT = "going_out"
    DECIDED = "decided"


class DecidedWhy(StrEnum):
    """Why staff set somebody's limit, as far as the one who is held to it is told."""

    ASKED = "asked"
    SAFETY = "safety"
    REVIEW = "review"


ANY_KIND = "any"
"""The kind of a limit that counts payments of every kind together."""


class LimitMeasure(StrEnum):
    """What a limit counts: minor units, or payments."""

    AMOUNT = "amount"
    COUNT = "count"


class LimitSide(StrEnum):
    """Whose limit it is: what a party sends, or what it receives."""

    SENT = "sent"
    RECEIVED = "received"


class Capability(TextChoices):
    """The kinds of business a country is open for, one by one (ruling 7)."""

    PERSON_TO_PERSON = "person_to_person"
    PURCHASE = "purchase"
    REFUND = "refund"
    ENROLMENT = "enrolment"


class CapabilityState(TextChoices):
    """Where a country's capability is on its way to being open."""

    PLANNED = "planned"
    READY = "ready"
    OPEN = "open"
    DEGRADED = "degraded"
    SUSPENDED = "suspended"
    CLOSED = "closed"


class HoldLevel(TextChoices):
    """What a regulator's hold stops: new payments, or everything."""

    STOP_NEW = "stop_new"
    STOP_ALL = "stop_all"


class AgreementState(TextChoices):
    """Where an agreement with a bank is."""

    DRAFT = "draft"
    SIGNED = "signed"
    LIVE = "live"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    TERMINATED = "terminated"


class BreakerState(TextChoices):
    """Whether a connection to a bank is used; half open lets one call try."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class BankWork(TextChoices):
    """What is done with a bank by the clock, and may fail with one while others go on."""

    CLAIM = "claim"
    STATEMENT = "statement"
    NOTIFICATION = "notification"


class BatchState(TextChoices):
    """Where a settlement batch is; ``states.BATCH_MOVES`` has the moves."""

    OPEN = "open"
    CLAIMED = "claimed"
    APPROVED = "approved"
    SUBMITTING = "submitting"
    SUBMITTED = "submitted"
    ACKNOWLEDGED = "acknowledged"
    PARTIAL = "partial"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    RECONCILED = "reconciled"
    SKIPPED = "skipped"


class PayoutState(TextChoices):
    """Where one instruction to pay a merchant is; ``states.PAYOUT_MOVES`` has the moves."""

    READY = "ready"
    CLAIMED = "claimed"
    SENT = "sent"
    ACCEPTED = "accepted"
    SETTLED = "settled"
    UNKNOWN = "unknown"
    NOT_EXECUTED = "not_executed"
    REJECTED = "rejected"
    REISSUED = "reissued"
    RETURNED = "returned"
