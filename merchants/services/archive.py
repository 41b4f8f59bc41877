"""Where a product stands: on the shelf, off it, or put away; and each step's way back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from core.clock import business_now
from core.transactions import owns
from merchants.models import Product
from merchants.services.naming import check_unique, told_unique
from merchants.services.products import lock_product, record_product, set_visible
from merchants.services.standing import refuse_closed
from merchants.services.undoing import Expected, refuse_changed

if TYPE_CHECKING:
    from people.models import Person

Shelf = tuple[bool, bool]
"""Whether a product is shown to buyers, and whether it is archived."""


@dataclass(frozen=True, slots=True)
class Moved:
    """Where a product stood before a step, and where it stands after it."""

    before: Shelf
    after: Shelf


@owns
def step_product(*, shop_id: int, product_id: str, actor: "Person", verb: str) -> Moved:
    """Take one of the four steps: ``show``, ``hide``, ``archive``, ``unarchive``.

    Args:
        shop_id: Primary key of the shop.
        product_id: Public id of its product.
        actor: Who of the team does it.
        verb: One of them.

    Returns:
        What it found, and what it left.

    Raises:
        NotFound: The shop has no such product.
        InputInvalid, StateConflict: As the step says.

    Transaction: owns.
    """
    product = lock_product(shop_id=shop_id, product_id=product_id)
    before = _shelf_of(product)
    STEPS[verb](product, actor)
    return Moved(before, _shelf_of(product))


@owns
def put_product_back(
    *, shop_id: int, product_id: str, actor: "Person", to: Shelf, expected: Expected
) -> None:
    """Let a product stand as it stood before a step, unless it stands otherwise by now.

    Args:
        shop_id: Primary key of the shop.
        product_id: Public id of its product.
        actor: Who of the team does it.
        to: Where it stood.
        expected: Where the step left it.

    Raises:
        NotFound: The shop has no such product.
        InputInvalid: Another product has its number, or is the same variant, by now.
        StateConflict: It was changed since, or the shop has closed.

    Transaction: owns.
    """
    product = lock_product(shop_id=shop_id, product_id=product_id)
    refuse_closed(product.shop)
    refuse_changed(expected, _shelf_of(product))
    is_visible, is_archived = to
    _set_archived(product, actor, is_archived=is_archived)
    if not is_archived:
        set_visible(product=product, actor=actor, is_visible=is_visible)


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


def _shelf_of(product: Product) -> Shelf:
    return product.is_visible, product.archived_at is not None


STEPS: Final[Mapping[str, Callable[[Product, "Person"], Product]]] = {
    "show": lambda product, actor: set_visible(product=product, actor=actor, is_visible=True),
    "hide": lambda product, actor: set_visible(product=product, actor=actor, is_visible=False),
    "archive": lambda product, actor: _set_archived(product, actor, is_archived=True),
    "unarchive": lambda product, actor: _set_archived(product, actor, is_archived=False),
}
"""The steps of ``step_product``, each with a locked product."""
