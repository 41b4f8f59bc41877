"""Products that are put away, and taken out again."""

from typing import TYPE_CHECKING

from core.clock import business_now
from core.transactions import owns
from merchants.models import Product
from merchants.services.naming import check_unique, told_unique
from merchants.services.products import lock_product, record_product

if TYPE_CHECKING:
    from people.models import Person


@owns
def archive_product(*, shop_id: int, product_id: str, actor: "Person | None") -> Product:
    """Put a product away: out of every list, and hidden from buyers; open orders of it go on.

    Args:
        shop_id: Primary key of the shop.
        product_id: Public id of its product.
        actor: Who of the team does it.

    Returns:
        The product.

    Raises:
        NotFound: The shop has no such product.

    Transaction: owns.
    """
    return _set_archived(
        lock_product(shop_id=shop_id, product_id=product_id), actor, is_archived=True
    )


@owns
def unarchive_product(*, shop_id: int, product_id: str, actor: "Person | None") -> Product:
    """Take a product out of the archive again; it stays hidden until it is shown.

    Args:
        shop_id: Primary key of the shop.
        product_id: Public id of its product.
        actor: Who of the team does it.

    Returns:
        The product.

    Raises:
        NotFound: The shop has no such product.
        InputInvalid: Another product has its number, or is the same variant, by now.

    Transaction: owns.
    """
    return _set_archived(
        lock_product(shop_id=shop_id, product_id=product_id), actor, is_archived=False
    )


def _set_archived(product: Product, actor: "Person | None", *, is_archived: bool) -> Product:
    if (product.archived_at is not None) == is_archived:
        return product
    product.archived_at = business_now() if is_archived else None
    product.is_visible = False
    if not is_archived:
        check_unique(product=product)
    product.changed_at = business_now()
    with told_unique():
        product.save(update_fields=["archived_at", "is_visible", "changed_at"])
    action = "product.archived" if is_archived else "product.unarchived"
    record_product(
        actor=actor,
        action=action,
        product=product,
        before={"archived": not is_archived},
        after={"archived": is_archived},
    )
    return product
