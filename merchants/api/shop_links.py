"""Where a shop's own programs make payment links and look who paid them."""

from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import (
    KEY,
    OPTIONAL_KEY,
    MoneyIn,
    MoneyOut,
    StrictSerializer,
    WordsIn,
    keyed_post,
    page_out,
)
from core.clock import business_now
from core.errors import NotFound
from merchants.api.serializers import Moment, PageIn, WholeNumber
from merchants.api.serializers_orders import BuyerOut
from merchants.api.shop_auth import ShopView, shop_id_of
from merchants.enums import KeyScope, LinkState
from merchants.models import PaymentLink
from merchants.queries.links import LinkFacts, LinkFilter, link_of_shop, links_of_shop, paid_uses
from merchants.services.links import (
    LAST_YEAR,
    LONGEST_TITLE,
    MOST_USES,
    LinkWish,
    disable_link,
    make_link,
)


class EndIn(serializers.DateTimeField):
    """A moment that every time zone can show."""

    def to_internal_value(self, value: Any) -> datetime:
        """Return the moment."""
        moment: datetime = super().to_internal_value(value)
        if moment.year > LAST_YEAR:
            self.fail("overflow")
        return moment


class ShopLinksIn(PageIn):
    """How to narrow a shop's links."""

    show = serializers.ChoiceField(["open", "over"], required=False, default="")
    q = serializers.CharField(required=False, max_length=80, default="")


class ShopLinkIn(StrictSerializer):
    """A link to make."""

    title = WordsIn(max_length=LONGEST_TITLE, help_text="Whoever pays reads it.")
    amount = MoneyIn(required=False, help_text="Left out: the payer says how much.")
    most_uses = WholeNumber(
        required=False, min_value=1, max_value=MOST_USES, help_text="Left out: without end."
    )
    expires_at = EndIn(required=False, help_text="Before the year 3000. Left out: without end.")


class ShopLinkOut(serializers.Serializer[Any]):
    """A payment link; ``paid_total`` is before fees and refunds."""

    id = serializers.CharField(source="public_id")
    url = serializers.CharField()
    code = serializers.CharField()
    title = serializers.CharField()
    amount = MoneyOut(allow_null=True)
    state = serializers.SerializerMethodField()
    most_uses = serializers.IntegerField(allow_null=True)
    expires_at = Moment(allow_null=True)
    paid_count = serializers.IntegerField()
    paid_total = MoneyOut()
    created_at = Moment()
    disabled_at = Moment(allow_null=True)

    def get_state(self, link: LinkFacts) -> LinkState:
        """Say whether it can be paid now, and why not."""
        return link.state_at(self.context["now"])


class ShopLinkListOut(serializers.Serializer[Any]):
    """A page of a shop's links."""

    data = ShopLinkOut(many=True)  # type: ignore[assignment]  # The contract names it so.
    next = serializers.CharField(allow_null=True)


class PaidUseOut(serializers.Serializer[Any]):
    """One payment of a link."""

    payment = serializers.CharField(source="payment_ref")
    payer = BuyerOut()
    amount = MoneyOut()
    paid_at = Moment()


class PaidUseListOut(serializers.Serializer[Any]):
    """A page of the payments of a link."""

    data = PaidUseOut(many=True)  # type: ignore[assignment]  # The contract names it so.
    next = serializers.CharField(allow_null=True)


class ShopLinksView(ShopView):
    """The shop's links."""

    scope = KeyScope.LINKS

    @extend_schema(
        operation_id="shop_links_list", parameters=[ShopLinksIn], responses=ShopLinkListOut
    )
    def get(self, request: Request) -> Response:
        """List links, newest first."""
        asked = self.read_query(request, ShopLinksIn)
        now = business_now()
        found, following = links_of_shop(
            shop_id_of(request),
            LinkFilter(asked["show"], asked["q"]),
            now,
            asked.get("after"),
            asked["limit"],
        )
        rows = [ShopLinkOut(row, context={"now": now}).data for row in found]
        return Response(page_out(rows, following))

    @extend_schema(
        operation_id="shop_links_make",
        parameters=[KEY],
        request=ShopLinkIn,
        responses={201: ShopLinkOut},
    )
    def post(self, request: Request) -> Response:
        """Make a link that asks for money, once or again and again."""
        asked = self.read(request, ShopLinkIn)
        shop_id = shop_id_of(request)

        def run() -> PaymentLink:
            return make_link(shop_id=shop_id, actor=None, wish=LinkWish(**asked))

        return keyed_post(request, run, lambda made: (201, _link(shop_id, made.public_id)))


class ShopLinkView(ShopView):
    """One link."""

    scope = KeyScope.LINKS

    @extend_schema(operation_id="shop_links_read", responses=ShopLinkOut)
    def get(self, request: Request, public_id: str) -> Response:
        """Show a link."""
        return Response(_link(shop_id_of(request), public_id))


class ShopLinkDisableView(ShopView):
    """The end of a link."""

    scope = KeyScope.LINKS

    @extend_schema(
        operation_id="shop_links_disable",
        parameters=[OPTIONAL_KEY],
        request=None,
        responses=ShopLinkOut,
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Switch a link off for ever; whoever opened it already may still pay."""
        shop_id = shop_id_of(request)

        def run() -> PaymentLink:
            return disable_link(shop_id=shop_id, link_id=public_id, actor=None)

        def render(link: PaymentLink) -> tuple[int, Any]:
            return 200, _link(shop_id, link.public_id)

        return keyed_post(request, run, render, required=False)


class ShopLinkPaymentsView(ShopView):
    """Who paid a link."""

    scope = KeyScope.LINKS

    @extend_schema(
        operation_id="shop_links_payments", parameters=[PageIn], responses=PaidUseListOut
    )
    def get(self, request: Request, public_id: str) -> Response:
        """List the payments of a link, the latest opened first."""
        asked = self.read_query(request, PageIn)
        link = _own(shop_id_of(request), public_id)
        found, following = paid_uses(link.id, asked.get("after"), asked["limit"])
        return Response(page_out([PaidUseOut(row).data for row in found], following))


def _own(shop_id: int, public_id: str) -> LinkFacts:
    found = link_of_shop(shop_id, public_id)
    if found is None:
        raise NotFound
    return found


def _link(shop_id: int, public_id: str) -> dict[str, Any]:
    context = {"now": business_now()}
    return dict(ShopLinkOut(_own(shop_id, public_id), context=context).data)
