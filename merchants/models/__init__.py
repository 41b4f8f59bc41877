"""Tables of shops: who runs them, what they sell, what was ordered."""

from merchants.models.desk import (
    Assignment,
    Broadcast,
    Label,
    LabelledTalk,
    NewsWish,
    OpeningHours,
    QuickReply,
    Recipient,
    TalkNote,
    TalkSettings,
)
from merchants.models.invites import TeamInvite
from merchants.models.keys import ShopCall, ShopKey
from merchants.models.lines import (
    Line,
    LineCallback,
    LineContact,
    LineLink,
    LineOrder,
    LinePace,
    LineSend,
    LineTemplate,
)
from merchants.models.means import ExternalMeans
from merchants.models.orders import Order, OrderLine, OrderMove, OrderNote, StockReservation
from merchants.models.products import Product
from merchants.models.reviews import ReviewDocument, ReviewMove, ShopReview
from merchants.models.shops import Shop, TeamMember
from merchants.models.webhooks import (
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)

__all__ = [
    "Assignment",
    "Broadcast",
    "ExternalMeans",
    "Label",
    "LabelledTalk",
    "Line",
    "LineCallback",
    "LineContact",
    "LineLink",
    "LineOrder",
    "LinePace",
    "LineSend",
    "LineTemplate",
    "NewsWish",
    "OpeningHours",
    "Order",
    "OrderLine",
    "OrderMove",
    "OrderNote",
    "Product",
    "QuickReply",
    "Recipient",
    "ReviewDocument",
    "ReviewMove",
    "Shop",
    "ShopCall",
    "ShopKey",
    "ShopReview",
    "StockReservation",
    "TalkNote",
    "TalkSettings",
    "TeamInvite",
    "TeamMember",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookEvent",
]
