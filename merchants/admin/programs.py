"""Shops' own programs on the staff's site: their keys, and the addresses that hear their news."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.http import Http404
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.admin import (
    Act,
    Fact,
    ReadOnlyAdmin,
    ReadOnlyInline,
    Tool,
    choice_filter,
    link,
    recent_filter,
    state_words,
)
from merchants.enums import DeliveryState, EndpointState
from merchants.models import ShopKey, WebhookAttempt, WebhookDelivery, WebhookEndpoint
from merchants.services.endpoints import stop_by_staff
from merchants.services.keys import revoke_by_staff

_MAY_REVOKE = "merchants.revoke_shopkey"
_MAY_STOP = "merchants.stop_webhookendpoint"


@admin.register(ShopKey)
class ShopKeyAdmin(ReadOnlyAdmin):
    """Keys of shops."""

    list_display = ("public_id", "shop", "name", "hint", "made_at", "used_at", "revoked_at")
    list_filter = (recent_filter("made_at", _("made")),)
    list_select_related = ("shop",)
    search_fields = ("public_id__startswith", "shop__public_id__exact", "hint__exact")
    search_help_text = _("Key, shop, or what may be shown of it.")
    ordering = ("-id",)
    fields = (
        "public_id",
        "shop",
        "name",
        "scopes",
        "refund_minor",
        "addresses",
        "hint",
        "made_by",
        "made_at",
        "used_at",
        "revoked_by",
        "revoked_at",
    )

    def tools(self, key: ShopKey) -> Iterable[Tool]:
        """A key can be ended."""
        if key.revoked_at is None:
            url = reverse("staff-key-revoked", args=[key.public_id])
            yield Tool(_("End this key…"), url, _MAY_REVOKE, is_grave=True)


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(ReadOnlyAdmin):
    """Addresses that hear shops' news; never their secrets."""

    list_display = ("public_id", "shop", "dialect", "url", "colour", "stop", "standing")
    list_filter = (choice_filter("state", _("state"), EndpointState.values),)
    list_select_related = ("shop",)
    search_fields = ("public_id__startswith", "shop__public_id__exact", "url__startswith")
    search_help_text = _("Endpoint, shop, or the beginning of the address.")
    ordering = ("-id",)
    readonly_fields = ("colour", "log")
    fields = (
        "public_id",
        "shop",
        "dialect",
        "url",
        "description",
        "kinds",
        "colour",
        "stop",
        "stopped_at",
        "standing",
        "exhausted",
        "made_at",
        "old_secret_until",
        "leased_until",
        "log",
    )

    def tools(self, endpoint: WebhookEndpoint) -> Iterable[Tool]:
        """An endpoint can be stopped."""
        if endpoint.state == EndpointState.ENABLED:
            url = reverse("staff-endpoint-stopped", args=[endpoint.public_id])
            yield Tool(_("Stop this endpoint…"), url, _MAY_STOP, is_grave=True)

    @admin.display(description=_("state"), ordering="state")
    def colour(self, endpoint: WebhookEndpoint) -> SafeString:
        """Show the state."""
        return state_words(endpoint.state)

    @admin.display(description=_("log"))
    def log(self, endpoint: WebhookEndpoint) -> SafeString:
        """Lead to what was sent."""
        url = reverse("admin:merchants_webhookdelivery_changelist")
        return link(f"{url}?q={endpoint.public_id}", _("Deliveries"))


class WebhookAttemptInline(ReadOnlyInline):
    """Each try to deliver."""

    model = WebhookAttempt
    fields = ("at", "outcome", "http_status", "took_ms", "answer")
    ordering = ("id",)


@admin.register(WebhookDelivery)
class WebhookDeliveryAdmin(ReadOnlyAdmin):
    """News on its way to endpoints. What it says is the shop's and is not shown."""

    list_display = ("public_id", "endpoint", "event", "colour", "tries", "due_at", "ended_at")
    list_filter = (
        choice_filter("state", _("state"), DeliveryState.values),
        recent_filter("begun_at", _("begun")),
    )
    list_select_related = ("endpoint", "event")
    search_fields = (
        "public_id__startswith",
        "endpoint__public_id__exact",
        "event__public_id__exact",
        "event__ref__exact",
    )
    search_help_text = _("Delivery, endpoint, event, or what it is about.")
    ordering = ("-id",)
    readonly_fields = ("colour",)
    fields = ("public_id", "endpoint", "event", "colour", "tries", "begun_at", "due_at", "ended_at")
    inlines = (WebhookAttemptInline,)

    @admin.display(description=_("state"), ordering="state")
    def colour(self, delivery: WebhookDelivery) -> SafeString:
        """Show the state."""
        return state_words(delivery.state)


class RevokeKey(Act):
    """A key of a shop opens nothing any more."""

    permission = _MAY_REVOKE
    title = _("End a shop's key")
    words = _("The next call with it is refused. The shop makes another one itself.")
    button = _("End the key")
    is_grave = True
    key: ShopKey

    def find(self) -> None:
        """Load the key."""
        rows = ShopKey.objects.select_related("shop")
        found = rows.filter(public_id=self.kwargs["key_id"], revoked_at__isnull=True).first()
        if found is None:
            raise Http404
        self.key = found

    def facts(self) -> list[Fact]:
        """Show which key it is."""
        return [Fact(_("Shop"), self.key.shop), Fact(_("Key"), str(self.key))]

    def back(self) -> str:
        """Return to the key."""
        return reverse("admin:merchants_shopkey_change", args=[self.key.pk])

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """End it."""
        revoke_by_staff(staff=staff, key_id=self.key.public_id, reason=answers["reason"])
        return gettext("The key is ended.")


class StopEndpoint(Act):
    """An address hears nothing any more."""

    permission = _MAY_STOP
    title = _("Stop an endpoint")
    words = _("What waits for it is parked. The shop can enable it again and ask for the rest.")
    button = _("Stop the endpoint")
    is_grave = True
    endpoint: WebhookEndpoint

    def find(self) -> None:
        """Load the endpoint."""
        rows = WebhookEndpoint.objects.select_related("shop")
        enabled = rows.filter(state=EndpointState.ENABLED)
        found = enabled.filter(public_id=self.kwargs["endpoint_id"]).first()
        if found is None:
            raise Http404
        self.endpoint = found

    def facts(self) -> list[Fact]:
        """Show which endpoint it is."""
        return [Fact(_("Shop"), self.endpoint.shop), Fact(_("Address"), self.endpoint.url)]

    def back(self) -> str:
        """Return to the endpoint."""
        return reverse("admin:merchants_webhookendpoint_change", args=[self.endpoint.pk])

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """Stop it."""
        stop_by_staff(actor=staff, endpoint_id=self.endpoint.public_id, reason=answers["reason"])
        return gettext("The endpoint is stopped.")
