"""Codes of the room of shops. Words for people belong to screens, never here."""

from django.db.models import TextChoices

from payments.codes.outside import MeansKind

# The ways that shops can be paid outside of Troco, as a table's choices.
MEANS_KINDS = [(kind.value, kind.name.title()) for kind in MeansKind]


class Role(TextChoices):
    """What a member of a shop's team may do; the portal's door decides by it."""

    OWNER = "owner"
    MANAGER = "manager"
    CASHIER = "cashier"
    SUPPORT = "support"
    ACCOUNTANT = "accountant"
    DEVELOPER = "developer"


# Who speaks for the shop; the others open neither its conversations nor its stream.
TALKING_ROLES = frozenset({Role.OWNER, Role.MANAGER, Role.CASHIER, Role.SUPPORT})


class OrderState(TextChoices):
    """Where an order is; ``merchants.states`` says what may follow what."""

    PLACED = "placed"
    ACCEPTED = "accepted"
    AWAITING_PAYMENT = "awaiting_payment"
    EXTERNAL_PENDING = "external_pending"
    PAID = "paid"
    PREPARING = "preparing"
    READY = "ready"
    SHIPPED = "shipped"
    COMPLETED = "completed"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class PaymentKind(TextChoices):
    """How an accepted order is to be paid."""

    UNDECIDED = ""
    TROCO = "troco"
    EXTERNAL = "external"


class Side(TextChoices):
    """Who moved an order."""

    BUYER = "buyer"
    SELLER = "seller"
    CLOCK = "clock"
    BANK = "bank"


class Unit(TextChoices):
    """What a product's price is for; a product need not say it."""

    EACH = "each"
    DOZEN = "dozen"
    PORTION = "portion"
    PACK = "pack"
    HUNDRED_GRAMS = "100g"
    KILOGRAM = "kg"
    GRAM = "g"
    LITRE = "l"
    MILLILITRE = "ml"
    METRE = "m"
    HOUR = "hour"
    DAY = "day"


class ReservationState(TextChoices):
    """What became of a piece of stock that an order asked for."""

    LIVE = "live"
    CONSUMED = "consumed"
    RELEASED = "released"


class NoteKind(TextChoices):
    """News of an order that did not move it."""

    PAYMENT_FAILED = "payment_failed"
    PAYMENT_UNKNOWN = "payment_unknown"
    PAYMENT_RETURNED = "payment_returned"
    PAID_AFTER_CLOSING = "paid_after_closing"
    PAID_AGAIN = "paid_again"
    REFUNDED = "refunded"
    REFUND_FAILED = "refund_failed"
    DISPUTED = "disputed"
    PART_SHIPPED = "part_shipped"
    BUYER_SAYS_PAID = "buyer_says_paid"
    RECEIVED_OUTSIDE = "received_outside"
    NOT_RECEIVED = "not_received"


class LinkState(TextChoices):
    """Whether a payment link can be paid, and why not; worked out, never stored."""

    OPEN = "open"
    EXPIRED = "expired"
    USED_UP = "used_up"
    DISABLED = "disabled"


class NewsKind(TextChoices):
    """What the people of a shop can be told of."""

    MESSAGE = "message"
    ORDER = "order"
    PAYMENT = "payment"
    DISPUTE = "dispute"
    STOCK = "stock"
    PAYOUT = "payout"
    REFUND = "refund"


class ProposalState(TextChoices):
    """What became of a refund that was asked for; every state but the first is an end."""

    OPEN = "open"
    APPROVED = "approved"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class JobKind(TextChoices):
    """What long work is for."""

    IMPORT = "import"
    STATEMENT = "statement"
    EXPORT = "export"


class JobState(TextChoices):
    """Where long work is; ``asks`` waits for somebody's yes before anything changes."""

    QUEUED = "queued"
    RUNNING = "running"
    ASKS = "asks"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


class ReviewState(TextChoices):
    """Where the review of a shop is; ``merchants.states`` says what may follow what."""

    OPEN = "open"
    ASKED = "asked"
    ANSWERED = "answered"
    APPROVED = "approved"
    REJECTED = "rejected"


class ReviewRisk(TextChoices):
    """How much a reviewer has to fear; over ``low`` a second one has to agree."""

    LOW = "low"
    HIGH = "high"


class ReviewCause(TextChoices):
    """Why a shop is reviewed: it opened, or something that its approval rested on changed."""

    OPENED = ""
    STAFF = "staff"
    NAME = "name"
    OWNER = "owner"
    HOLDER = "holder"


class DocumentKind(TextChoices):
    """What a paper is that a shop sends to its reviewers."""

    REGISTRATION = "registration"
    OWNER = "owner"
    ADDRESS = "address"
    ACCOUNT = "account"
    OTHER = "other"


class ReviewReason(TextChoices):
    """Why more is asked of a shop, or why it is refused."""

    NAME_DIFFERS = "name_differs"
    TAX_ID_NOT_ACTIVE = "tax_id_not_active"
    OWNER_UNCLEAR = "owner_unclear"
    ACCOUNT_DIFFERS = "account_differs"
    GOODS_UNCLEAR = "goods_unclear"
    BUSINESS_NOT_SERVED = "business_not_served"
    FRAUD_SUSPECTED = "fraud_suspected"


class KeyScope(TextChoices):
    """What a shop key opens."""

    MESSAGES = "messages"
    ORDERS = "orders"
    PAYMENTS = "payments"
    CATALOGUE = "catalogue"
    WEBHOOKS = "webhooks"
    REFUNDS = "refunds"
    PAYOUTS = "payouts"
    LINKS = "links"


class Dialect(TextChoices):
    """In whose words an endpoint is told news."""

    STANDARD = "standard"
    CLOUD = "cloud"


class EndpointState(TextChoices):
    """Whether an endpoint is told anything."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    REMOVED = "removed"


class EndpointStop(TextChoices):
    """Why an endpoint is not enabled."""

    NONE = ""
    GONE = "gone"
    EXHAUSTED = "exhausted"
    SHOP = "shop"
    STAFF = "staff"


class EndpointStanding(TextChoices):
    """What an endpoint's latest answer says of the next: each sort has places of its own.

    ``untried`` has not been asked at this address yet; ``slow`` answered well and late.
    """

    UNTRIED = "untried"
    QUICK = "quick"
    SLOW = "slow"
    FAILING = "failing"


class DeliveryState(TextChoices):
    """Where one piece of news is on its way to one endpoint.

    ``waiting`` has a place in the endpoint's line and holds up what is behind it; ``aside`` is
    tried as often, and holds up nothing.
    """

    WAITING = "waiting"
    ASIDE = "aside"
    DELIVERED = "delivered"
    PARKED = "parked"


class AttemptOutcome(TextChoices):
    """How one try to deliver ended."""

    ANSWERED = "answered"
    CONNECT = "connect"
    TIMEOUT = "timeout"
    BROKEN = "broken"
    REFUSED_ADDRESS = "refused_address"
    TOO_LARGE = "too_large"
    UNMAKEABLE = "unmakeable"


class CallbackLevel(TextChoices):
    """For whom an address of the Cloud dialect was given; the last one that is there counts."""

    APP = "app"
    ACCOUNT = "account"
    PHONE = "phone"


class TemplateState(TextChoices):
    """Whether a template may be sent."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"


class AwayMode(TextChoices):
    """When a shop says that nobody answers."""

    OFF = "off"
    OUTSIDE_HOURS = "outside_hours"
    ALWAYS = "always"


class LabelColour(TextChoices):
    """What a label looks like: the tones of the portal's own tokens."""

    OK = "ok"
    WAIT = "wait"
    BAD = "bad"
    INFO = "info"
    MUTE = "mute"


class BroadcastState(TextChoices):
    """Where a broadcast is."""

    SCHEDULED = "scheduled"
    SENDING = "sending"
    DONE = "done"
    CANCELLED = "cancelled"


class RecipientState(TextChoices):
    """What became of a broadcast for one customer; all but the first two are reasons."""

    WAITING = "waiting"
    SENT = "sent"
    OPTED_OUT = "opted_out"
    HAD_ENOUGH = "had_enough"
    UNREACHABLE = "unreachable"
    CANCELLED = "cancelled"
