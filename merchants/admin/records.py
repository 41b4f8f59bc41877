"""Shops, what they sell and what was ordered, on the staff's site."""

from collections.abc import Iterable

from django.contrib import admin
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from core.admin import (
    ReadOnlyAdmin,
    ReadOnlyInline,
    Tool,
    amount,
    choice_filter,
    link,
    recent_filter,
    record_link,
    state_words,
    table,
)
from merchants.enums import OrderState
from merchants.models import (
    ExternalMeans,
    Order,
    OrderLine,
    OrderMove,
    OrderNote,
    Product,
    Shop,
    TeamMember,
)


class TeamMemberInline(ReadOnlyInline):
    """Who works there."""

    model = TeamMember
    fields = ("person", "role", "joined_at", "removed_at")
    ordering = ("id",)


@admin.register(Shop)
class ShopAdmin(ReadOnlyAdmin):
    """Shops."""

    list_display = ("public_id", "name", "country", "is_open", "auto_accept", "created_at")
    list_filter = ("is_open", recent_filter("created_at", _("opened")))
    search_fields = ("public_id__startswith", "party__public_id__exact", "slug__startswith", "name")
    search_help_text = _("Shop, party, or name.")
    ordering = ("-id",)
    readonly_fields = ("ways",)
    fields = (
        "public_id",
        "name",
        "slug",
        "party",
        "about",
        "country",
        "currency",
        "timezone",
        "is_open",
        "auto_accept",
        "order_minutes",
        "created_at",
        "ways",
    )
    inlines = (TeamMemberInline,)

    def tools(self, shop: Shop) -> Iterable[Tool]:
        """A shop can be looked at again."""
        url = reverse("staff-review-again", args=[shop.public_id])
        yield Tool(_("Review again…"), url, "merchants.review_shop", is_grave=True)
        asking = reverse("staff-party-limits", args=[shop.party.public_id])
        yield Tool(_("Limits: why?"), asking, "payments.view_limitusage")

    @admin.display(description=_("see also"))
    def ways(self, shop: Shop) -> SafeString:
        """Lead to the shop's orders and payouts."""
        orders = reverse("admin:merchants_order_changelist")
        payouts = reverse("admin:payments_payout_changelist")
        reviews = reverse("admin:merchants_shopreview_changelist")
        rows = [
            (
                link(f"{orders}?q={shop.public_id}", _("Orders")),
                link(f"{payouts}?q={shop.party.public_id}", _("Payouts")),
                link(f"{reviews}?q={shop.public_id}", _("Reviews")),
            )
        ]
        return table((_("Sold"), _("Paid out"), _("Who they are")), rows)


@admin.register(ExternalMeans)
class ExternalMeansAdmin(ReadOnlyAdmin):
    """How shops are paid outside of Troco."""

    list_display = ("public_id", "shop", "kind", "number", "payee_end", "usable_at", "removed_at")
    list_filter = (recent_filter("added_at", _("added")),)
    list_select_related = ("shop",)
    search_fields = ("public_id__startswith", "shop__public_id__exact")
    search_help_text = _("Means, or shop.")
    ordering = ("-id",)
    readonly_fields = ("payee_end",)
    fields = (
        "public_id",
        "shop",
        "kind",
        "number",
        "payee_end",
        "holder_name",
        "city",
        "added_by",
        "added_at",
        "usable_at",
        "removed_by",
        "removed_at",
    )

    @admin.display(description=_("payee"))
    def payee_end(self, means: ExternalMeans) -> str:
        """Show the end of the account: staff compare it with what a buyer saw."""
        return f"…{means.payee[-4:]}"


@admin.register(Product)
class ProductAdmin(ReadOnlyAdmin):
    """Products."""

    list_display = ("public_id", "name", "shop", "price", "unit", "stock", "reserved", "is_visible")
    list_filter = ("is_visible", recent_filter("created_at", _("added")))
    list_select_related = ("shop",)
    search_fields = ("public_id__startswith", "shop__public_id__exact", "name__istartswith")
    ordering = ("-id",)

    @admin.display(description=_("price"))
    def price(self, product: Product) -> str:
        """Show the price."""
        return amount(product.price_minor, product.currency)


class OrderMoveInline(ReadOnlyInline):
    """The order's history."""

    model = OrderMove
    fields = ("from_state", "to_state", "at", "side", "actor", "key", "reason")
    ordering = ("id",)


class OrderNoteInline(ReadOnlyInline):
    """News of the order that did not move it."""

    model = OrderNote
    fields = ("kind", "at", "payment_ref", "detail")
    ordering = ("id",)


@admin.register(Order)
class OrderAdmin(ReadOnlyAdmin):
    """Orders."""

    list_display = ("public_id", "number", "shop", "buyer", "colour", "total", "placed_at")
    list_filter = (
        choice_filter("state", _("state"), OrderState.values),
        recent_filter("placed_at", _("placed")),
    )
    list_select_related = ("shop", "buyer")
    search_fields = (
        "public_id__startswith",
        "shop__public_id__exact",
        "buyer__public_id__exact",
        "payment_ref__exact",
    )
    search_help_text = _("Order, shop, buyer, or payment.")
    ordering = ("-id",)
    readonly_fields = ("colour", "total", "lines_table", "paid_by", "talk")
    fieldsets = (
        (
            None,
            {"fields": ("public_id", "number", "shop", "buyer", "colour", "total", "paid_by")},
        ),
        (_("Lines"), {"fields": ("lines_table",)}),
        (_("Moments"), {"fields": ("placed_at", "moved_at", "expires_at", "paid_at", "talk")}),
        (
            _("Outside of Troco"),
            {
                "fields": (
                    "external_told_at",
                    "external_received_at",
                    "external_received_by",
                    "external_received_key",
                )
            },
        ),
    )
    inlines = (OrderMoveInline, OrderNoteInline)

    @admin.display(description=_("state"), ordering="state")
    def colour(self, order: Order) -> SafeString:
        """Show the state."""
        return state_words(order.state)

    @admin.display(description=_("total"))
    def total(self, order: Order) -> str:
        """Show the total."""
        return amount(order.total_minor, order.currency)

    @admin.display(description=_("paid by"))
    def paid_by(self, order: Order) -> SafeString | str:
        """Lead to the payment."""
        if not order.payment_ref:
            return "—"
        url = reverse("admin:payments_payment_changelist")
        return link(f"{url}?q={order.payment_ref}", order.payment_ref)

    @admin.display(description=_("conversation"))
    def talk(self, order: Order) -> SafeString:
        """Lead to the conversation's metadata."""
        url = reverse("admin:messaging_conversation_changelist")
        return link(f"{url}?q={order.conversation_ref}", order.conversation_ref)

    @admin.display(description=_("lines"))
    def lines_table(self, order: Order) -> SafeString:
        """Show what was ordered."""
        rows = [
            (
                _what(line),
                line.quantity,
                amount(line.unit_minor, order.currency),
                amount(line.total_minor, order.currency),
            )
            for line in order.lines.order_by("position")
        ]
        return table((_("Product"), _("Pieces"), _("Each"), _("Together")), rows)


def _what(line: OrderLine) -> SafeString | str:
    """Lead to the product; what is not in the catalogue has none."""
    if line.product_id is None:
        return f"{line.name} {line.code}".strip()
    return record_link("merchants_product", line.product_id, line.name)
