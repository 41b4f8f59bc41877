"""Where a shop's programs say what news they want to hear, and look at what was sent."""

from datetime import timedelta
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from core.api import OPTIONAL_KEY, keyed_post, page_out
from core.errors import NotFound
from merchants.api import serializers_webhooks as shapes
from merchants.api.shop_auth import ShopView, shop_id_of
from merchants.enums import KeyScope
from merchants.models import WebhookDelivery, WebhookEndpoint
from merchants.queries import webhooks as queries
from merchants.queries.webhooks import EndpointFacts
from merchants.services import endpoints, webhooks
from merchants.services.endpoints import SecretShown, Wish


class EndpointsView(ShopView):
    """The shop's endpoints."""

    scope = KeyScope.WEBHOOKS

    @extend_schema(
        operation_id="shop_webhook_endpoints_list",
        parameters=[shapes.PageIn],
        responses=shapes.EndpointListOut,
    )
    def get(self, request: Request) -> Response:
        """List endpoints, newest first."""
        asked = self.read_query(request, shapes.PageIn)
        found, following = queries.endpoints_of_shop(
            shop_id_of(request), asked.get("after"), asked["limit"]
        )
        return Response(page_out([shapes.EndpointOut(row).data for row in found], following))

    @extend_schema(
        operation_id="shop_webhook_endpoints_make",
        request=shapes.EndpointIn,
        responses={201: shapes.EndpointMadeOut},
    )
    def post(self, request: Request) -> Response:
        """Let an address hear the shop's news; its secret is shown this once."""
        asked = self.read(request, shapes.EndpointIn)
        made = endpoints.make_endpoint(shop_id=shop_id_of(request), actor=None, wish=_wish(asked))
        return Response(_shown(made), 201)


class EndpointView(ShopView):
    """One endpoint."""

    scope = KeyScope.WEBHOOKS

    @extend_schema(operation_id="shop_webhook_endpoints_read", responses=shapes.EndpointOut)
    def get(self, request: Request, public_id: str) -> Response:
        """Show an endpoint."""
        return Response(shapes.EndpointOut(_endpoint(request, public_id)).data)

    @extend_schema(
        operation_id="shop_webhook_endpoints_change",
        request=shapes.EndpointChangeIn,
        responses=shapes.EndpointOut,
    )
    def patch(self, request: Request, public_id: str) -> Response:
        """Change an endpoint, stop it, or let it hear again."""
        asked = self.read(request, shapes.EndpointChangeIn)
        endpoints.change_endpoint(
            shop_id=shop_id_of(request), actor=None, endpoint_id=public_id, wish=_wish(asked)
        )
        return Response(shapes.EndpointOut(_endpoint(request, public_id)).data)

    @extend_schema(operation_id="shop_webhook_endpoints_remove", responses={204: None})
    def delete(self, request: Request, public_id: str) -> Response:
        """Remove an endpoint."""
        endpoints.remove_endpoint(shop_id=shop_id_of(request), actor=None, endpoint_id=public_id)
        return Response(status=204)


class RotateSecretView(ShopView):
    """A new secret for an endpoint."""

    scope = KeyScope.WEBHOOKS

    @extend_schema(
        operation_id="shop_webhook_endpoints_rotate_secret",
        request=shapes.RotateIn,
        responses={200: shapes.EndpointMadeOut},
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Make a new secret; for the overlap every delivery carries both signatures."""
        asked = self.read(request, shapes.RotateIn)
        made = endpoints.rotate_secret(
            shop_id=shop_id_of(request),
            actor=None,
            endpoint_id=public_id,
            overlap=timedelta(hours=asked["overlap_hours"]),
        )
        return Response(_shown(made))


class TestEventView(ShopView):
    """A test of an endpoint."""

    scope = KeyScope.WEBHOOKS

    @extend_schema(
        operation_id="shop_webhook_endpoints_test",
        parameters=[OPTIONAL_KEY],
        request=None,
        responses={202: shapes.DeliveryOut},
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Send the event ``endpoint.test``, beside the endpoint's line."""

        def run() -> WebhookDelivery:
            return webhooks.send_test(shop_id=shop_id_of(request), endpoint_id=public_id)

        return keyed_post(request, run, lambda made: (202, _delivery(made)), required=False)


class DeliveriesView(ShopView):
    """An endpoint's log."""

    scope = KeyScope.WEBHOOKS

    @extend_schema(
        operation_id="shop_webhook_deliveries_list",
        parameters=[shapes.DeliveriesIn],
        responses=shapes.DeliveryListOut,
    )
    def get(self, request: Request, public_id: str) -> Response:
        """List what was sent, newest first, each with its tries."""
        asked = self.read_query(request, shapes.DeliveriesIn)
        narrowed = queries.DeliveryFilter([asked["state"]] if "state" in asked else [])
        found, following = queries.deliveries_to(
            _endpoint(request, public_id).id, narrowed, asked.get("after"), asked["limit"]
        )
        return Response(page_out([shapes.DeliveryOut(row).data for row in found], following))


class ReplayDeliveryView(ShopView):
    """One piece of news once more."""

    scope = KeyScope.WEBHOOKS

    @extend_schema(
        operation_id="shop_webhook_deliveries_replay",
        parameters=[OPTIONAL_KEY],
        request=None,
        responses={202: shapes.DeliveryOut},
    )
    def post(self, request: Request, public_id: str, delivery_id: str) -> Response:
        """Send it again with the same id and the same bytes."""

        def run() -> WebhookDelivery:
            return webhooks.replay_delivery(
                shop_id=shop_id_of(request), endpoint_id=public_id, delivery_id=delivery_id
            )

        return keyed_post(request, run, lambda made: (202, _delivery(made)), required=False)


class ReplaySinceView(ShopView):
    """Everything since a moment once more."""

    scope = KeyScope.WEBHOOKS

    @extend_schema(
        operation_id="shop_webhook_endpoints_replay",
        parameters=[OPTIONAL_KEY],
        request=shapes.ReplayIn,
        responses={202: shapes.ReplayedOut},
    )
    def post(self, request: Request, public_id: str) -> Response:
        """Send all news since a moment again, in its order; at most 10,000 pieces."""
        asked = self.read(request, shapes.ReplayIn)

        def run() -> int:
            return webhooks.replay_since(
                shop_id=shop_id_of(request),
                endpoint_id=public_id,
                since=asked["since"],
                kinds=asked["events"],
            )

        return keyed_post(request, run, lambda n: (202, {"replayed": n}), required=False)


class EventsView(ShopView):
    """The shop's news."""

    scope = KeyScope.WEBHOOKS

    @extend_schema(
        operation_id="shop_events_list",
        parameters=[shapes.EventsIn],
        responses=shapes.EventListOut,
    )
    def get(self, request: Request) -> Response:
        """List the news of the last 30 days that some endpoint wanted, newest first."""
        asked = self.read_query(request, shapes.EventsIn)
        narrowed = queries.EventFilter(kind=asked.get("type", ""))
        found, following = queries.events_of_shop(
            shop_id_of(request), narrowed, asked.get("after"), asked["limit"]
        )
        return Response(page_out([shapes.EventOut(row).data for row in found], following))


def _endpoint(request: Request, public_id: str) -> EndpointFacts:
    found = queries.endpoint_of_shop(shop_id_of(request), public_id)
    if found is None:
        raise NotFound
    return found


def _wish(asked: dict[str, Any]) -> Wish:
    return Wish(
        url=asked.get("url"),
        description=asked.get("description"),
        kinds=asked.get("events"),
        is_enabled=asked.get("is_enabled"),
    )


def _shown(made: SecretShown) -> dict[str, Any]:
    return {**_endpoint_out(made.endpoint), "secret": made.secret}


def _endpoint_out(row: WebhookEndpoint) -> dict[str, Any]:
    return dict(shapes.EndpointOut(queries.endpoint_facts(row)).data)


def _delivery(row: WebhookDelivery) -> dict[str, Any]:
    return dict(shapes.DeliveryOut(queries.delivery_facts(row)).data)
