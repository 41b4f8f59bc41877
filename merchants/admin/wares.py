"""What shops show and ask on the staff's site: links, pictures, jobs, shipments, kept views."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.http import Http404
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core.admin import (
    Act,
    Fact,
    ReadOnlyAdmin,
    Tool,
    choice_filter,
    recent_filter,
    state_words,
)
from merchants.enums import JobKind, JobState
from merchants.models import PaymentLink, ProductPicture, SavedView, Shipment, ShopJob
from merchants.services.links import disable_by_staff
from merchants.services.pictures import take_down_picture

_MAY_DISABLE = "merchants.disable_paymentlink"
_MAY_TAKE_DOWN = "merchants.remove_productpicture"


@admin.register(PaymentLink)
class PaymentLinkAdmin(ReadOnlyAdmin):
    """Links that ask to be paid."""

    list_display = ("public_id", "shop", "title", "currency", "created_at", "disabled_at")
    list_filter = (recent_filter("created_at", _("made")),)
    list_select_related = ("shop",)
    search_fields = ("public_id__startswith", "shop__public_id__exact", "code__exact")
    search_help_text = _("Link, shop, or what its address ends in.")
    ordering = ("-id",)
    fields = (
        "public_id",
        "shop",
        "title",
        "code",
        "amount_minor",
        "currency",
        "most_uses",
        "expires_at",
        "created_at",
        "created_by",
        "created_key",
        "disabled_at",
        "disabled_by",
        "disabled_key",
    )

    def tools(self, link: PaymentLink) -> Iterable[Tool]:
        """A link can be switched off."""
        if link.disabled_at is None:
            url = reverse("staff-link-disabled", args=[link.public_id])
            yield Tool(_("Switch this link off…"), url, _MAY_DISABLE, is_grave=True)


@admin.register(ProductPicture)
class ProductPictureAdmin(ReadOnlyAdmin):
    """Pictures of products, which everybody may see."""

    list_display = ("public_id", "shop", "handle", "position", "alt", "created_at")
    list_filter = (recent_filter("created_at", _("made")),)
    list_select_related = ("shop",)
    search_fields = ("public_id__exact", "shop__public_id__exact", "handle__exact")
    search_help_text = _("Picture, shop, or handle.")
    ordering = ("-id",)
    readonly_fields = ("look",)
    fields = ("public_id", "shop", "handle", "position", "alt", "source", "created_at", "look")

    def tools(self, picture: ProductPicture) -> Iterable[Tool]:
        """A picture can be taken down."""
        url = reverse("staff-picture-removed", args=[picture.public_id])
        yield Tool(_("Take this picture down…"), url, _MAY_TAKE_DOWN, is_grave=True)

    @admin.display(description=_("picture"))
    def look(self, picture: ProductPicture) -> SafeString:
        """Show it, small."""
        url = reverse("small-picture", args=[picture.public_id])
        return format_html('<img src="{}" alt="{}" width="160">', url, picture.alt)


@admin.register(ShopJob)
class ShopJobAdmin(ReadOnlyAdmin):
    """Long work of shops; never the files."""

    list_display = ("public_id", "shop", "kind", "colour", "done_rows", "all_rows", "created_at")
    list_filter = (
        choice_filter("kind", _("kind"), JobKind.values),
        choice_filter("state", _("state"), JobState.values),
    )
    list_select_related = ("shop",)
    search_fields = ("public_id__startswith", "shop__public_id__exact")
    search_help_text = _("Job, or shop.")
    ordering = ("-id",)
    readonly_fields = ("colour",)
    fields = (
        "public_id",
        "shop",
        "person",
        "kind",
        "colour",
        "tally",
        "done_rows",
        "all_rows",
        "made_name",
        "is_stop_asked",
        "created_at",
        "ended_at",
    )

    def get_queryset(self, request: Any) -> Any:
        """Leave the files where they are."""
        return super().get_queryset(request).defer("given", "made")

    @admin.display(description=_("state"), ordering="state")
    def colour(self, job: ShopJob) -> SafeString:
        """Show the state."""
        return state_words(job.state)


@admin.register(Shipment)
class ShipmentAdmin(ReadOnlyAdmin):
    """Parts of orders that went out."""

    list_display = ("order", "number", "note", "actor", "at")
    list_filter = (recent_filter("at", _("handed over")),)
    list_select_related = ("order", "actor")
    search_fields = ("order__public_id__exact",)
    search_help_text = _("Order.")
    ordering = ("-id",)
    fields = ("order", "number", "pieces", "note", "actor", "at")


@admin.register(SavedView)
class SavedViewAdmin(ReadOnlyAdmin):
    """Filters that people of shops keep."""

    list_display = ("shop", "person", "list_name", "name", "created_at")
    list_select_related = ("shop", "person")
    search_fields = ("shop__public_id__exact", "person__login__exact")
    search_help_text = _("Shop, or login.")
    ordering = ("-id",)
    fields = ("shop", "person", "list_name", "name", "query", "created_at")


class DisableLink(Act):
    """A link can be paid no more."""

    permission = _MAY_DISABLE
    title = _("Switch a payment link off")
    words = _("Whoever opens it reads that it is over. It cannot be switched on again.")
    button = _("Switch it off")
    is_grave = True
    link: PaymentLink

    def find(self) -> None:
        """Load the link."""
        rows = PaymentLink.objects.select_related("shop")
        found = rows.filter(public_id=self.kwargs["link_id"], disabled_at__isnull=True).first()
        if found is None:
            raise Http404
        self.link = found

    def facts(self) -> list[Fact]:
        """Show which link it is."""
        return [Fact(_("Shop"), self.link.shop), Fact(_("Link"), self.link.title)]

    def back(self) -> str:
        """Return to the link."""
        return reverse("admin:merchants_paymentlink_change", args=[self.link.pk])

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """Switch it off."""
        disable_by_staff(staff=staff, link_id=self.link.public_id, reason=answers["reason"])
        return gettext("The link is switched off.")


class TakePictureDown(Act):
    """A picture is seen no more."""

    permission = _MAY_TAKE_DOWN
    title = _("Take a picture down")
    words = _("Its address leads nowhere from then on, also in conversations that showed it.")
    button = _("Take it down")
    is_grave = True
    picture: ProductPicture

    def find(self) -> None:
        """Load the picture."""
        rows = ProductPicture.objects.select_related("shop")
        found = rows.filter(public_id=self.kwargs["picture_id"]).first()
        if found is None:
            raise Http404
        self.picture = found

    def facts(self) -> list[Fact]:
        """Show which picture it is."""
        return [Fact(_("Shop"), self.picture.shop), Fact(_("Product"), self.picture.handle)]

    def back(self) -> str:
        """Return to the pictures: this one is gone."""
        return reverse("admin:merchants_productpicture_changelist")

    def act(self, staff: Any, answers: dict[str, Any]) -> str:
        """Take it down."""
        take_down_picture(staff=staff, picture_id=self.picture.public_id, reason=answers["reason"])
        return gettext("The picture is taken down.")
