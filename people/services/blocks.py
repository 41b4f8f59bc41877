"""Blocks between parties."""

from typing import Any

from django.db.models import QuerySet

from core.clock import business_now
from core.errors import InputInvalid, NotFound
from core.transactions import joins, owns
from people.models import Block, Party


@owns
def block(*, party_id: int, other_public_id: str) -> None:
    """Hear nothing from another party any more; twice is as good as once.

    Changes: a ``Block``.

    Raises:
        NotFound: There is no such party.
        InputInvalid: It is the party itself.

    Transaction: owns.
    """
    keep_block(party_id=party_id, other_public_id=other_public_id)


@owns
def unblock(*, party_id: int, other_public_id: str) -> None:
    """Take a block back; without one nothing happens.

    Changes: removes the ``Block``.

    Transaction: owns.
    """
    lift_block(party_id=party_id, other_public_id=other_public_id)


@joins
def keep_block(*, party_id: int, other_public_id: str) -> bool:
    """Block another party; return whether that is new.

    Changes: a ``Block``.

    Raises:
        NotFound: There is no such party.
        InputInvalid: It is the party itself.

    Transaction: joins.
    """
    other = Party.objects.filter(public_id=other_public_id).first()
    if other is None:
        raise NotFound
    if other.id == party_id:
        raise InputInvalid
    is_there = Block.objects.filter(blocker_id=party_id, blocked=other).exists()
    row = Block(blocker_id=party_id, blocked=other, created_at=business_now())
    Block.objects.bulk_create([row], ignore_conflicts=True)
    return not is_there


@joins
def lift_block(*, party_id: int, other_public_id: str) -> bool:
    """Take a block back; return whether there was one.

    Changes: removes the ``Block``.

    Transaction: joins.
    """
    rows = Block.objects.filter(blocker_id=party_id, blocked__public_id=other_public_id)
    return bool(rows.delete()[0])


def blocks(party_id: int, other_id: int) -> bool:
    """Tell whether a party blocks another; nobody is told the other way round.

    Transaction: none (one query).
    """
    return block_of(party_id, other_id).exists()


def block_of(party_id: int, other_id: int) -> QuerySet[Block, Any]:
    """Return the same to be a part of another query: a row, or none.

    Transaction: none.
    """
    return Block.objects.filter(blocker_id=party_id, blocked_id=other_id).values("id")
