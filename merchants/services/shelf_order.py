"""The order of a shop's products: one moves, and no other but the one it changes places with.

Positions need not be without gaps: the top is one below the smallest, the end one above the
largest. No two products of a shop have the same one; the database has the last word. Whoever sets
one holds the lock of the shop's shelf, which is taken before any product and before the shop's
row: whoever places an order holds products when it asks for the shop's row.
"""

from typing import TYPE_CHECKING, Final, Literal

from django.db import connection
from django.db.models import Case, Max, Min, Value, When
from django.utils.translation import gettext_lazy as _

from core.errors import NotFound, StateConflict
from core.idempotency import record as remember
from core.transactions import joins, owns
from merchants.models import Product
from merchants.queries.catalogue import ProductFilter, beside_in_order
from people.services.audit import record

if TYPE_CHECKING:
    from people.models import Person

Direction = Literal["up", "down", "top", "bottom"]
EVERYTHING: Final = ProductFilter()


@owns
def move_product(
    *,
    shop_id: int,
    product_id: str,
    actor: "Person | None",
    to: Direction,
    among: ProductFilter = EVERYTHING,
) -> Product:
    """Move a product one place up or down, to the top or to the end of the catalogue.

    Changes: its position, and that of the one it changes places with.

    Args:
        shop_id: Primary key of the shop.
        product_id: Public id of its product.
        actor: Who of the team does it.
        to: Where to; beyond the first and the last place nothing changes.
        among: Which products somebody looks at: up and down go past one of these.

    Returns:
        The product.

    Raises:
        NotFound: The shop has no such product.
        StateConflict: It is archived.

    Transaction: owns.
    """
    lock_shelf(shop_id=shop_id)
    rows = Product.objects.select_related("shop").filter(shop_id=shop_id, public_id=product_id)
    product = rows.first()
    if product is None:
        raise NotFound
    if product.archived_at is not None:
        raise StateConflict(_("It is archived. Bring it back first."))
    before = product.position
    if to in {"up", "down"}:
        _change_places(product, beside_in_order(shop_id, among, before, is_before=to == "up"))
    else:
        _go_to_end(product, is_top=to == "top")
    if product.position != before:
        record(
            actor=actor,
            action="catalogue.reordered",
            object_ref=product.shop.public_id,
            before={},
            after={"name": product.name, "product": product.public_id, "to": to},
            reason="",
        )
    remember(product)
    return product


@joins
def lock_shelf(*, shop_id: int) -> None:
    """Let nobody else set the positions of a shop's products until the transaction ends.

    Transaction: joins.
    """
    with connection.cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME, [shop_id])


@joins
def last_position(*, shop_id: int) -> int:
    """Return the position of a shop's last product, archived ones included; 0 without any.

    The caller holds the shelf's lock if it puts something behind it.

    Transaction: joins.
    """
    last = Product.objects.filter(shop_id=shop_id).aggregate(last=Max("position"))["last"]
    return last or 0


_ONE_AT_A_TIME: Final = "SELECT pg_advisory_xact_lock(hashtextextended('merchants.shelf', %s))"


def _change_places(product: Product, other: tuple[int, int] | None) -> None:
    """Give two products each other's position in one statement, locked in the order of ids."""
    if other is None:
        return
    other_id, other_position = other
    both = Product.objects.filter(pk__in=[product.pk, other_id])
    list(both.select_for_update(no_key=True).order_by("id").values_list("pk", flat=True))
    swapped = Case(When(pk=product.pk, then=Value(other_position)), default=Value(product.position))
    both.update(position=swapped)
    product.position = other_position


def _go_to_end(product: Product, *, is_top: bool) -> None:
    """Put a product before or behind all others, archived ones included."""
    every = Product.objects.filter(shop_id=product.shop_id)
    ends = every.aggregate(first=Min("position"), last=Max("position"))
    end = ends["first"] if is_top else ends["last"]
    if end != product.position:
        product.position = end - 1 if is_top else end + 1
        every.filter(pk=product.pk).update(position=product.position)
