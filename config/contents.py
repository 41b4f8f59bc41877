"""Every kind of message that a room above messaging posts into conversations.

Text and payment are messaging's own. A kind is posted by services only: a client that could
post an order or a payment by itself could forge one.
"""

from messaging.contents import ContentKind, register

KINDS = (
    ContentKind("product", frozenset({"product", "name", "price", "shop", "available"})),
    ContentKind(
        "order",
        frozenset({"order", "number", "state", "lines", "total", "expires_at"}),
        is_single=True,
    ),
)


def install() -> None:
    """Make the kinds known to messaging."""
    for kind in KINDS:
        register(kind)
