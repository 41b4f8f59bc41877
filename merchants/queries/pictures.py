"""Pictures of products: what is told of them, and where their bytes are."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef
from django.db.models.functions import JSONObject

from core.errors import NotFound
from merchants.models import Product, ProductPicture, Shop
from messaging.queries.media import MediaFacts, media_by_link


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """A picture of a product; the first of several is the cover.

    Attributes:
        public_id: ``pic_…``.
        alt: What is seen on it, for those who do not see it; may be empty.
        width: In pixels.
        height: In pixels.
    """

    public_id: str
    alt: str
    width: int
    height: int

    @property
    def url(self) -> str:
        """Its address, which stays the same as long as the picture is there."""
        return picture_url(self.public_id)

    @property
    def small_url(self) -> str:
        """The address of a JPEG of at most 320 pixels."""
        return f"{self.url}/small"


def picture_url(public_id: str) -> str:
    """Return the address that a picture has for everybody."""
    return f"{settings.TROCO_PUBLIC_URL}/i/{public_id}"


def told_pictures() -> ArraySubquery:
    """Return what adds the pictures of each product to a query of products, and no query more."""
    rows = ProductPicture.objects.filter(shop_id=OuterRef("shop_id"), handle=OuterRef("handle"))
    told = JSONObject(id="public_id", alt="alt", width="media__width", height="media__height")
    return ArraySubquery(rows.order_by("position").values(told=told))


def read_pictures(told: Iterable[Mapping[str, Any]]) -> tuple[PictureFacts, ...]:
    """Return what ``told_pictures`` added to a product."""
    return tuple(
        PictureFacts(each["id"], each["alt"], each["width"], each["height"]) for each in told
    )


def cover_of(product: Product) -> PictureFacts | None:
    """Return the first picture of a product, or None; one query."""
    rows = Product.objects.filter(pk=product.pk).annotate(told=told_pictures())
    found = rows.values_list("told", flat=True).first()
    return next(iter(read_pictures(found or ())), None)


@dataclass(frozen=True, slots=True)
class PictureFile:
    """Where a picture's bytes are, whose it is, and whether everybody may see it."""

    media: MediaFacts
    shop_id: int
    is_public: bool


def picture_file(public_id: str) -> PictureFile:
    """Return the file of a picture: while its product is on show, everybody may see it.

    A logo is seen by everybody.

    Raises:
        NotFound: There is no such picture.
    """
    on_show = Product.objects.filter(
        shop_id=OuterRef("shop_id"), handle=OuterRef("handle"), is_visible=True
    )
    rows = ProductPicture.objects.filter(public_id=public_id).annotate(is_public=Exists(on_show))
    found = rows.values_list("media__public_id", "shop_id", "is_public").first()
    if found is None:
        found = _logo(public_id)
    if found is None:
        raise NotFound
    media_id, shop_id, is_public = found
    return PictureFile(media_by_link(media_id), shop_id, is_public)


def _logo(public_id: str) -> tuple[str, int, bool] | None:
    rows = Shop.objects.filter(logo_ref=public_id, logo__isnull=False)
    found = rows.values_list("logo__public_id", "id").first()
    return None if found is None else (found[0], found[1], True)
