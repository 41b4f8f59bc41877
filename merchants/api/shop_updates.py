"""The shop's own feed, for its programs."""

from typing import Any, Final

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import page_out
from merchants.api.shop_auth import ShopView, key_of
from merchants.enums import KeyScope
from messaging.api.serializers import UpdatesOut, UpdatesQuery
from messaging.queries import (
    feed_item_shape,
    newest_cursor,
    read_cursor,
    updates,
    write_cursor,
)

NOW: Final = "now"
# What a kind of news needs besides the scope of the door.
_NEEDS: Final = {
    "order": KeyScope.ORDERS,
    "payment": KeyScope.PAYMENTS,
    "request": KeyScope.PAYMENTS,
    "webhook": KeyScope.WEBHOOKS,
    "refund_proposal": KeyScope.REFUNDS,
}


class ShopUpdatesView(ShopView):
    """The shop's feed, for programs that ask instead of being told."""

    scope = KeyScope.MESSAGES

    @extend_schema(
        operation_id="shop_updates_list", parameters=[UpdatesQuery], responses={200: UpdatesOut}
    )
    def get(self, request: Request) -> Response:
        """List what concerns the shop after a cursor, in order, as far as the key opens it.

        Without ``after`` it begins at the beginning; ``after=now`` returns no news and the
        cursor from which only news to come is read.
        """
        key = key_of(request)
        asked = self.read_query(request, UpdatesQuery)
        after = asked.get("after")
        if after == NOW:
            return Response({"data": [], "next": write_cursor(newest_cursor()), "complete": True})
        start = None if after is None else read_cursor(after)
        page = updates(key.party_id, start, asked["limit"])
        rows: list[dict[str, Any]] = [
            feed_item_shape(item)
            for item in page.items
            if _NEEDS.get(item.kind, KeyScope.MESSAGES) in key.scopes
        ]
        return Response({**page_out(rows, write_cursor(page.next)), "complete": page.is_complete})
