"""Tables of shops: who runs them, what they sell, what was ordered."""

from merchants.models.desk import (
    Assignment,
    Broadcast,
    Holiday,
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
from merchants.models.jobs import JobPart, JobTrouble, PictureErrand, ShopJob
from merchants.models.keys import ShopCall, ShopKey
from merchants.models.lines import (
    Line,
    LineCallback,
    LineContact,
    LineLink,
    LineNews,
    LineOrder,
    LinePace,
    LineSend,
    LineTemplate,
)
from merchants.models.links import LinkUse, PaymentLink
from merchants.models.mails import StatementMail, StatementMailing
from merchants.models.means import ExternalMeans
from merchants.models.orders import (
    Order,
    OrderLine,
    OrderMove,
    OrderNote,
    Shipment,
    StockReservation,
)
from merchants.models.paper_links import PaperLink
from merchants.models.papers import DisputePaper
from merchants.models.pictures import ProductPicture
from merchants.models.products import Product
from merchants.models.proposals import RefundProposal
from merchants.models.pushes import PushPlace, PushSubscription
from merchants.models.reviews import ReviewDocument, ReviewMove, ShopReview
from merchants.models.shops import Shop, TeamMember
from merchants.models.views import SavedView
from merchants.models.webhooks import (
    MarksOwed,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookEvent,
)

__all__ = [
    "Assignment",
    "Broadcast",
    "DisputePaper",
    "ExternalMeans",
    "Holiday",
    "JobPart",
    "JobTrouble",
    "Label",
    "LabelledTalk",
    "Line",
    "LineCallback",
    "LineContact",
    "LineLink",
    "LineNews",
    "LineOrder",
    "LinePace",
    "LineSend",
    "LineTemplate",
    "LinkUse",
    "MarksOwed",
    "NewsWish",
    "OpeningHours",
    "Order",
    "OrderLine",
    "OrderMove",
    "OrderNote",
    "PaperLink",
    "PaymentLink",
    "PictureErrand",
    "Product",
    "ProductPicture",
    "PushPlace",
    "PushSubscription",
    "QuickReply",
    "Recipient",
    "RefundProposal",
    "ReviewDocument",
    "ReviewMove",
    "SavedView",
    "Shipment",
    "Shop",
    "ShopCall",
    "ShopJob",
    "ShopKey",
    "ShopReview",
    "StatementMail",
    "StatementMailing",
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
