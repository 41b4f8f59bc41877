"""The pictures of a product: adding several, their order, what is seen on them, removing one."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.api.uploads import limit_passed
from core.errors import InputInvalid, NotFound, TrocoError
from merchants.portal.access import EDITORS
from merchants.portal.pages import Page, see_other
from merchants.services.pictures import (
    MOST_PICTURES,
    PictureWish,
    add_picture,
    arrange_pictures,
    remove_picture,
)
from messaging.files.errors import MediaTooLarge

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile


class ProductPictures(Page):
    """Changes the pictures of a product."""

    section = "catalogue"
    roles = EDITORS

    def post(self, request: HttpRequest, public_id: str) -> HttpResponse:
        """Do what the pressed button says, and show the product again."""
        verb, _colon, picture_id = request.POST.get("verb", "save").partition(":")
        try:
            if verb == "add":
                self._add(public_id)
            else:
                self._arrange(public_id, verb, picture_id)
                if verb == "remove":
                    self._remove(public_id, picture_id)
        except NotFound:
            raise
        except TrocoError as refusal:
            self.refused(refusal)
        return see_other(f"{reverse('portal:product', args=[public_id])}#pictures")

    def _add(self, product_id: str) -> None:
        """Add each picture; those before one that is refused stay."""
        most = limit_passed(self.request)
        if most is not None:
            raise MediaTooLarge(limit_bytes=most)
        files = self.request.FILES.getlist("file")
        if not 1 <= len(files) <= MOST_PICTURES:
            words = _("Choose one to ten pictures.")
            raise InputInvalid(field_errors={"file": [{"code": "invalid", "detail": words}]})
        for file in files:
            add_picture(
                shop_id=self.seat.shop.id,
                product_id=product_id,
                actor=self.seat.person,
                file=cast("UploadedFile[bytes]", file).file,  # type: ignore[arg-type]  # Of bytes.
            )
        words = ngettext("%(count)d picture added.", "%(count)d pictures added.", len(files))
        self.done(words % {"count": len(files)})

    def _arrange(self, product_id: str, verb: str, picture_id: str) -> None:
        """Keep the order and the texts as the form has them, with one moved by one place."""
        order = moved(self.request.POST.getlist("order"), verb, picture_id)
        arrange_pictures(
            shop_id=self.seat.shop.id,
            product_id=product_id,
            actor=self.seat.person,
            wishes=[PictureWish(each, self.request.POST.get(f"alt_{each}", "")) for each in order],
        )
        if verb == "save":
            self.done(_("Saved."))

    def _remove(self, product_id: str, picture_id: str) -> None:
        remove_picture(
            shop_id=self.seat.shop.id,
            product_id=product_id,
            actor=self.seat.person,
            picture_id=picture_id,
        )
        self.done(_("The picture is gone."))


def moved(order: Sequence[str], verb: str, picture_id: str) -> list[str]:
    """Return an order in which one stands a place earlier or later, where there is one.

    Args:
        order: Ids as they stand.
        verb: ``up`` or ``down``; anything else moves nothing.
        picture_id: Which.
    """
    shown = list(order)
    step = {"up": -1, "down": 1}.get(verb, 0)
    if step and picture_id in shown:
        here = shown.index(picture_id)
        there = min(max(here + step, 0), len(shown) - 1)
        shown[here], shown[there] = shown[there], shown[here]
    return shown
