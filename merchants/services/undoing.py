"""Taking back what was just done: what somebody saw, and a line of the shop's activity log.

An act tells what it found; its way back says what the act left, and the service compares that with
what is there under the lock under which it changes it. So what a colleague did in between stays.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from core.errors import NotFound, StateConflict
from core.transactions import owns
from merchants.models import Shop
from people.services.audit import record

if TYPE_CHECKING:
    from people.models import Person


@dataclass(frozen=True, slots=True)
class Expected:
    """What somebody saw, and goes on from.

    Attributes:
        state: It, in the words of the service that compares; None where there was nothing.
        words: What is said where it is otherwise by now.
    """

    state: object
    words: object = _("It was changed meanwhile, and stays as it is.")


def refuse_changed(expected: Expected | None, state: object) -> None:
    """Go on only from what was seen. The caller holds the lock of what ``state`` was read of.

    Args:
        expected: What was seen; None goes on from anything.
        state: What there is.

    Raises:
        StateConflict: They differ.
    """
    if expected is not None and expected.state != state:
        raise StateConflict(expected.words)


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
