"""Tables of shops: who runs them, what they sell, what was ordered."""

from merchants.models.keys import ShopKey
from merchants.models.lines import (
    Line,
    LineCallback,
    LineContact,
    LineLink,
    LineOrder,
    LineSend,
    LineTemplate,
)
from merchants.models.means import ExternalMeans
from merchants.models.orders import Order, OrderLine, OrderMove, OrderNote, StockReservation
from merchants.models.products import Product
from merchants.models.reviews import ReviewMove, ShopReview
from merchants.models.shops import Shop, TeamMember
from merchants.models.webhooks import (
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)

__all__ = [
    "ExternalMeans",
    "Line",
    "LineCallback",
    "LineContact",
    "LineLink",
    "LineOrder",
    "LineSend",
    "LineTemplate",
    "Order",
    "OrderLine",
    "OrderMove",
    "OrderNote",
    "Product",
    "ReviewMove",
    "Shop",
    "ShopKey",
    "ShopReview",
    "StockReservation",
    "TeamMember",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookEvent",
]
