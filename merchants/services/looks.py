"""A shop's logo: put up, taken down. The file is read and written anew like any picture."""

from typing import TYPE_CHECKING, BinaryIO

from core.errors import NotFound
from core.ids import new_id
from core.transactions import owns, refuse_owner
from merchants.models import Shop
from merchants.services.pictures import keep_picture
from messaging.services.standing import hold_media, release_media
from people.services.audit import record

if TYPE_CHECKING:
    from people.models import Person


def put_logo(*, shop_id: int, actor: "Person", file: BinaryIO) -> Shop:
    """Show a picture as the shop's logo, in place of the one before.

    Changes: a file in the vault, the shop, a line of the trail.

    Args:
        shop_id: Primary key of the shop.
        actor: Who of the team does it.
        file: A JPEG, PNG, WebP or GIF, as for products.

    Raises:
        NotFound: There is no such shop.
        InputInvalid: It is no picture.
        MediaTypeRefused, MediaBroken, MediaTooLarge, MediaTooManyPixels, MediaQuotaReached: As
            with every file.

    Transaction: owns (after the file was read; pictures take a while).
    """
    refuse_owner("merchants.services.looks.put_logo")
    party_id = Shop.objects.filter(pk=shop_id).values_list("party_id", flat=True).first()
    if party_id is None:
        raise NotFound
    media_id = keep_picture(party_id=party_id, file=file)
    return _put(shop_id=shop_id, actor=actor, media_id=media_id)


@owns
def remove_logo(*, shop_id: int, actor: "Person") -> Shop:
    """Take the logo down; its address leads nowhere from then on. Without one nothing changes.

    Raises:
        NotFound: There is no such shop.

    Transaction: owns.
    """
    shop = _lock(shop_id)
    if shop.logo_id is not None:
        _change(shop, actor, None, "")
    return shop


@owns
def _put(*, shop_id: int, actor: "Person", media_id: str) -> Shop:
    """Hang a kept picture up."""
    shop = _lock(shop_id)
    key = hold_media(owner_party_id=shop.party_id, media_id=media_id)
    _change(shop, actor, key, new_id("pic"))
    return shop


def _lock(shop_id: int) -> Shop:
    shop = Shop.objects.select_for_update(no_key=True).filter(pk=shop_id).first()
    if shop is None:
        raise NotFound
    return shop


def _change(shop: Shop, actor: "Person", key: int | None, ref: str) -> None:
    """Write the new logo down, let the old file go, and note it."""
    gone, before = shop.logo_id, shop.logo_ref
    shop.logo_id, shop.logo_ref = key, ref
    shop.save(update_fields=["logo", "logo_ref"])
    if gone is not None:
        release_media(media_key=gone)
    record(
        actor=actor,
        action="shop.logo_changed",
        object_ref=shop.public_id,
        before={"logo": before},
        after={"logo": ref},
        reason="",
    )
