"""Every kind of message that a room above messaging posts into conversations.

What people say and payments are messaging's own. A kind is posted by services only, or anybody
could forge an order; a person who shows a product names it, and the shop's room says the rest.
"""

from core.api.uploads import measure_uploads_by
from merchants.queries.snapshots import product_on_show
from messaging.contents import ContentKind, register, register_media
from messaging.files.recognise import most_bytes
from messaging.services.media import attach_media

KINDS = (
    ContentKind(
        "product",
        frozenset({"product", "name", "price", "shop", "available"}),
        by_clients=True,
        check=product_on_show,
        ref="product",
        sent=frozenset({"product"}),
    ),
    ContentKind("broadcast", frozenset({"broadcast", "text", "shop", "stop"}), ref="broadcast"),
    ContentKind(
        "order",
        frozenset({"order", "number", "state", "lines", "total", "expires_at"}),
        is_single=True,
        ref="order",
    ),
)


# What programs of a shop show: buttons, lists, links, filled-in templates.
OFFERS = (
    ContentKind("interactive", frozenset({"type", "action"})),
    ContentKind("template", frozenset({"name", "language", "category"})),
)


def install() -> None:
    """Make the kinds known to messaging, and say how large files may be."""
    for kind in (*KINDS, *OFFERS):
        register(kind)
    register_media(attach_media)
    measure_uploads_by(most_bytes)
