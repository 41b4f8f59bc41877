"""Where a shop's own programs see what goes to its bank, and what it is owed."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import money_out, page_out
from core.errors import NotFound
from merchants.api import serializers_money as shapes
from merchants.api.serializers import PageIn
from merchants.api.shop_auth import ShopView, key_of
from merchants.enums import KeyScope
from merchants.queries.statements import statement_lines
from payments.queries.payout_lines import payout_entries, payout_key, payout_sales, payout_story
from payments.queries.shop import PayoutFilter, shop_payouts
from payments.queries.shop_figures import payable_now, unsettled


class PayoutsView(ShopView):
    """The shop's payouts."""

    scope = KeyScope.PAYOUTS

    @extend_schema(
        operation_id="shop_payouts_list",
        parameters=[shapes.ShopPayoutsIn],
        responses=shapes.ShopPayoutListOut,
    )
    def get(self, request: Request) -> Response:
        """List payouts, newest first."""
        key = key_of(request)
        asked = self.read_query(request, shapes.ShopPayoutsIn)
        wanted = PayoutFilter(
            asked.get("state"), asked.get("first_day"), asked.get("last_day"), key.timezone
        )
        found, following = shop_payouts(key.party_id, asked.get("after"), asked["limit"], wanted)
        return Response(page_out([shapes.ShopPayoutOut(row).data for row in found], following))


class PayoutView(ShopView):
    """One payout."""

    scope = KeyScope.PAYOUTS

    @extend_schema(operation_id="shop_payouts_read", responses=shapes.ShopPayoutDetailOut)
    def get(self, request: Request, public_id: str) -> Response:
        """Show a payout with its timeline."""
        story = payout_story(key_of(request).party_id, public_id)
        if story is None:
            raise NotFound
        steps = [{"from": old, "to": new, "at": at} for old, new, at in story.moves]
        body = dict(shapes.ShopPayoutOut(story.payout).data)
        return Response({**body, "timeline": shapes.MoneyStepOut(steps, many=True).data})


class PayoutSalesView(ShopView):
    """The sales in a payout."""

    scope = KeyScope.PAYOUTS

    @extend_schema(
        operation_id="shop_payouts_sales", parameters=[PageIn], responses=shapes.PayoutSaleListOut
    )
    def get(self, request: Request, public_id: str) -> Response:
        """List the sales in a payout: their gross and fee are the payout's."""
        asked = self.read_query(request, PageIn)
        payout = payout_key(key_of(request).party_id, public_id)
        found, following = payout_sales(payout, asked.get("after"), asked["limit"])
        return Response(page_out([shapes.PayoutSaleOut(row).data for row in found], following))


class PayoutEntriesView(ShopView):
    """What else a payout took along."""

    scope = KeyScope.PAYOUTS

    @extend_schema(
        operation_id="shop_payouts_entries",
        parameters=[PageIn],
        responses=shapes.PayoutEntryListOut,
    )
    def get(self, request: Request, public_id: str) -> Response:
        """List the refunds and what disputes held or let go: refunds and held of the payout."""
        asked = self.read_query(request, PageIn)
        payout = payout_key(key_of(request).party_id, public_id)
        found, following = payout_entries(payout, asked.get("after"), asked["limit"])
        return Response(page_out([shapes.PayoutEntryOut(row).data for row in found], following))


class BalanceView(ShopView):
    """What the shop is owed."""

    scope = KeyScope.PAYOUTS

    @extend_schema(operation_id="shop_balance_read", responses=shapes.BalanceOut)
    def get(self, request: Request) -> Response:
        """Show what the shop is owed now, and the sales that no payout holds yet."""
        key = key_of(request)
        waiting = unsettled(key.party_id, key.currency)
        owed = {"owed": money_out(payable_now(key.party_id))}
        return Response({**owed, **shapes.UnsettledOut(waiting).data})


class StatementView(ShopView):
    """A statement."""

    scope = KeyScope.PAYOUTS

    @extend_schema(
        operation_id="shop_statement_read",
        parameters=[shapes.StatementIn],
        responses=shapes.StatementOut,
    )
    def get(self, request: Request) -> Response:
        """Show, in the order of the books, what changed what the shop is owed."""
        key = key_of(request)
        asked = self.read_query(request, shapes.StatementIn)
        days = (asked["first_day"], asked["last_day"])
        page = statement_lines(
            (key.party_id, key.timezone, key.currency), days, asked.get("after"), asked["limit"]
        )
        head = {"opening": money_out(page.opening), "closing": money_out(page.closing)}
        rows = [shapes.OwedLineOut(row).data for row in page.lines]
        return Response({**head, **page_out(rows, page.next)})
