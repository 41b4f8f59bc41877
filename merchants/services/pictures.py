"""Pictures of products: added, put in order, described, taken away.

They belong to the handle, so what is done to the pictures of one variant is done to those of
all. Files are read and written anew before any lock is taken.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, BinaryIO, Final

from django.utils.translation import gettext_lazy as _

from core.clock import business_now
from core.errors import NotFound
from core.ids import new_id
from core.transactions import joins, owns, refuse_owner
from merchants.models import Product, ProductPicture, Shop
from merchants.services.products import record_product
from merchants.services.texts import clean_text, refusal
from messaging.enums import MediaKind
from messaging.files.recognise import type_of
from messaging.services.media import keep_upload
from messaging.services.standing import hold_media, release_media
from people.services.audit import record

if TYPE_CHECKING:
    from people.models import Person

MOST_PICTURES: Final = 10
LONGEST_ALT: Final = 300


@dataclass(frozen=True, slots=True)
class PictureWish:
    """A picture in its place, with what is seen on it."""

    picture_id: str
    alt: str


def add_picture(
    *, shop_id: int, product_id: str, actor: "Person | None", file: BinaryIO, alt: str = ""
) -> ProductPicture:
    """Add a picture to a product, after those it has.

    Changes: a file in the vault, a ``ProductPicture``, an audit entry.

    Args:
        shop_id: Primary key of the shop.
        product_id: Public id of its product.
        actor: Who of the team does it.
        file: A JPEG, PNG, WebP or GIF of at most 10 MB and 25 million pixels; it is written anew.
        alt: What is seen on it, up to 300 characters.

    Raises:
        NotFound: The shop has no such product.
        InputInvalid, TextInvalid: It has ten pictures, the file is no picture, or the text is long.
        MediaTypeRefused, MediaBroken, MediaTooLarge, MediaTooManyPixels, MediaQuotaReached: As
            with every file.

    Transaction: owns (after the file was read; pictures take a while).
    """
    refuse_owner("merchants.services.pictures.add_picture")
    said = clean_text(alt, "alt", LONGEST_ALT)
    shop = Shop.objects.filter(pk=shop_id).first()
    if shop is None or not Product.objects.filter(shop=shop, public_id=product_id).exists():
        raise NotFound
    media_id = keep_picture(party_id=shop.party_id, file=file)
    return _add(shop_id=shop_id, product_id=product_id, actor=actor, media_id=media_id, alt=said)


def keep_picture(*, party_id: int, file: BinaryIO, is_rationed: bool = True) -> str:
    """Keep the file of a picture for a day, until something shows it; return its id.

    Args:
        party_id: The shop's party.
        file: As it came.
        is_rationed: Whether it counts as one of the files that a day allows.

    Raises:
        InputInvalid: It is no picture.
        MediaTypeRefused, MediaBroken, MediaTooLarge, MediaTooManyPixels, MediaQuotaReached: As
            with every file.

    Transaction: none (``keep_upload`` owns its own).
    """
    if type_of(file, file.seek(0, 2)).kind != MediaKind.IMAGE:
        raise refusal("file", _("Send a picture: JPEG, PNG, WebP or GIF."))
    kept = keep_upload(owner_party_id=party_id, stream=file, is_rationed=is_rationed)
    return kept.public_id


@owns
def arrange_pictures(
    *, shop_id: int, product_id: str, actor: "Person | None", wishes: Sequence[PictureWish]
) -> None:
    """Put the pictures of a product in order, and say what is seen on each.

    Args:
        shop_id: Primary key of the shop.
        product_id: Public id of its product.
        actor: Who of the team does it.
        wishes: Pictures in their new order; those not named come after, as they were.

    Raises:
        NotFound: The shop has no such product, or it no such picture.
        InputInvalid, TextInvalid: A picture stands twice, or a text is too long.

    Transaction: owns.
    """
    product = lock_thing(shop_id=shop_id, product_id=product_id)
    rows = pictures_of(product=product)
    by_id = {row.public_id: row for row in rows}
    named = [wish.picture_id for wish in wishes]
    if not set(named) <= set(by_id):
        raise NotFound
    if len(set(named)) != len(named):
        raise refusal("order", _("A picture stands twice."))
    before = _told(rows)
    for wish in wishes:
        by_id[wish.picture_id].alt = clean_text(wish.alt, "alt", LONGEST_ALT)
    rest = [row for row in rows if row.public_id not in set(named)]
    place(rows=[*(by_id[each] for each in named), *rest])
    _record(actor, "product.pictures_arranged", product, before)


@owns
def remove_picture(
    *, shop_id: int, product_id: str, actor: "Person | None", picture_id: str
) -> None:
    """Take a picture away from a product; its address leads nowhere from then on.

    Raises:
        NotFound: The shop has no such product, or it no such picture.

    Transaction: owns.
    """
    product = lock_thing(shop_id=shop_id, product_id=product_id)
    rows = pictures_of(product=product)
    gone = next((row for row in rows if row.public_id == picture_id), None)
    if gone is None:
        raise NotFound
    before = _told(rows)
    drop(rows=[gone])
    place(rows=[row for row in rows if row.pk != gone.pk])
    _record(actor, "product.picture_removed", product, before)


@owns
def take_down_picture(*, staff: "Person", picture_id: str, reason: str) -> None:
    """Take a picture away from the operator's side.

    Changes: the picture is gone, an audit entry.

    Raises:
        NotFound: There is no such picture.

    Transaction: owns.
    """
    gone = ProductPicture.objects.filter(public_id=picture_id).select_related("shop").first()
    if gone is None:
        raise NotFound
    lock_handle(shop_id=gone.shop_id, handle=gone.handle)
    before = {"picture": picture_id, "handle": gone.handle, "alt": gone.alt}
    shop_ref = gone.shop.public_id
    drop(rows=[gone])
    record(
        actor=staff,
        action="product.picture_taken_down",
        object_ref=shop_ref,
        before=before,
        after={},
        reason=reason,
    )


@joins
def lock_thing(*, shop_id: int, product_id: str) -> Product:
    """Lock all variants of a product, whose pictures are one list.

    Raises:
        NotFound: The shop has no such product.

    Transaction: joins.
    """
    product = Product.objects.filter(shop_id=shop_id, public_id=product_id).first()
    if product is None:
        raise NotFound
    lock_handle(shop_id=shop_id, handle=product.handle)
    return product


@joins
def lock_handle(*, shop_id: int, handle: str) -> None:
    """Lock all variants of a thing, in the order of their ids.

    Transaction: joins.
    """
    same = Product.objects.filter(shop_id=shop_id, handle=handle).order_by("id")
    list(same.select_for_update(no_key=True).values_list("id", flat=True))


@joins
def pictures_of(*, product: Product) -> list[ProductPicture]:
    """Return the pictures of a product in their order.

    Transaction: joins.
    """
    same = ProductPicture.objects.filter(shop_id=product.shop_id, handle=product.handle)
    return list(same.select_related("media").order_by("position"))


@joins
def place(*, rows: Sequence[ProductPicture]) -> None:
    """Give pictures of one thing the places they stand at.

    Transaction: joins.
    """
    for position, row in enumerate(rows, start=1):
        row.position = position
    ProductPicture.objects.bulk_update(rows, ["position", "alt"])


@joins
def drop(*, rows: Sequence[ProductPicture]) -> None:
    """Take pictures away; a file that nothing else shows goes away with them.

    Transaction: joins.
    """
    for row in rows:
        key = row.media_id
        row.delete()
        release_media(media_key=key)


@joins
def hang(
    *, product: Product, media_id: str, alt: str, source: str = "", moment: datetime
) -> ProductPicture:
    """Hang a kept picture up after those that a locked product has.

    Raises:
        InputInvalid: It has ten.
        NotFound: The shop has no such file.

    Transaction: joins.
    """
    rows = pictures_of(product=product)
    if len(rows) >= MOST_PICTURES:
        raise refusal("file", _("A product has up to 10 pictures."))
    return ProductPicture.objects.create(
        public_id=new_id("pic"),
        shop_id=product.shop_id,
        handle=product.handle,
        media_id=hold_media(owner_party_id=product.shop.party_id, media_id=media_id),
        position=rows[-1].position + 1 if rows else 1,
        alt=alt,
        source=source,
        created_at=moment,
    )


@owns
def _add(
    *, shop_id: int, product_id: str, actor: "Person | None", media_id: str, alt: str
) -> ProductPicture:
    """Hang a kept picture up."""
    product = lock_thing(shop_id=shop_id, product_id=product_id)
    before = _told(pictures_of(product=product))
    made = hang(product=product, media_id=media_id, alt=alt, moment=business_now())
    _record(actor, "product.picture_added", product, before)
    return made


def _told(rows: Sequence[ProductPicture]) -> list[list[str]]:
    return [[row.public_id, row.alt] for row in rows]


def _record(actor: "Person | None", action: str, product: Product, before: list[list[str]]) -> None:
    """Note how the pictures of a product changed; nothing is noted if they did not."""
    after = _told(pictures_of(product=product))
    if before != after:
        record_product(
            actor=actor,
            action=action,
            product=product,
            before={"pictures": before},
            after={"pictures": after},
        )
