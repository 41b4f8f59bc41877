"""That somebody took back what was just done: a line of the shop's activity log."""

from typing import TYPE_CHECKING

from core.errors import NotFound
from core.transactions import owns
from merchants.models import Shop
from people.services.audit import record

if TYPE_CHECKING:
    from people.models import Person


@owns
def note_undone(*, shop_id: int, actor: "Person", act: str) -> None:
    """Write down that an act was taken back; what takes it back has lines of its own elsewhere.

    Changes: one entry of the audit trail.

    Args:
        shop_id: Primary key of the shop.
        actor: Who took it back.
        act: Which kind of act, such as ``label_removed``.

    Raises:
        NotFound: No such shop.

    Transaction: owns.
    """
    public_id = Shop.objects.filter(pk=shop_id).values_list("public_id", flat=True).first()
    if public_id is None:
        raise NotFound
    record(
        actor=actor,
        action="shop.undone",
        object_ref=public_id,
        before={},
        after={"undone": act},
        reason="",
    )
