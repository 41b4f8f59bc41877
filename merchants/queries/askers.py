"""What asked for a payment, as conditions of a query over payments: a link, or one of the team.

Each is looked up along a unique index from the payment's own row. So it costs as much in a house
of ten million links as in one of ten, and no statistics make it a walk over all of them.
"""

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.db.models.lookups import IsNull

from merchants.models import LineOrder, LinkUse
from payments.enums import DemandKind
from payments.queries.payments import DEMAND_KIND, DEMAND_REFERENCE


def asked_by_link(shop_id: int, said: str) -> Q:
    """Return the condition that a payment is of a link, named by its id or a part of its title."""
    is_id = said.startswith("lnk_")
    named = Q(link__public_id=said) if is_id else Q(link__title__icontains=said)
    return _is(DemandKind.LINK) & _is_there(_uses(shop_id).filter(named))


def asked_by_member(shop_id: int, person_id: int, login: str) -> Q:
    """Return the condition that a person of the team asked: by a link of theirs, or in the chat."""
    links = _uses(shop_id).filter(link__created_by_id=person_id)
    orders = LineOrder.objects.filter(
        order__public_id=OuterRef(DEMAND_REFERENCE), shop_id=shop_id, asked__portal=login
    )
    by_link = _is(DemandKind.LINK) & _is_there(links)
    return by_link | (_is(DemandKind.ORDER) & _is_there(orders))


def _is(kind: DemandKind) -> Q:
    return Q(**{DEMAND_KIND: kind.value})


def _is_there(rows: QuerySet[LinkUse] | QuerySet[LineOrder]) -> Q:
    """Return the condition that there is a row; as a value, which is never made a join."""
    return Q(IsNull(Subquery(rows.values("pk")[:1]), rhs=False))


def _uses(shop_id: int) -> QuerySet[LinkUse]:
    return LinkUse.objects.filter(public_id=OuterRef(DEMAND_REFERENCE), link__shop_id=shop_id)
