"""Erasing what a shop keeps about a customer for itself, when the customer asks for it.

Notes, labels, who looked after the conversation and the wish for news are the shop's own and go.
Orders, payments and statements are papers that the law makes a shop keep, and messages belong to
both who wrote them: they stay, and the page says so. So does a customer's word that they want no
news: forgotten, it would let a program write to somebody who said no.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import NotFound
from core.transactions import owns
from merchants.models import Assignment, LabelledTalk, NewsWish, Shop, TalkNote
from messaging.queries import direct_between
from people.queries import parties_by_ids
from people.services.audit import record

if TYPE_CHECKING:
    from people.models import Person


@dataclass(frozen=True, slots=True)
class Erased:
    """How much of each kind is gone."""

    notes: int = 0
    labels: int = 0
    assignments: int = 0
    news: int = 0

    def __bool__(self) -> bool:
        """Tell whether there was anything."""
        return bool(self.notes or self.labels or self.assignments or self.news)


@owns
def erase_customer(*, shop_id: int, actor: "Person", party_id: int) -> Erased:
    """Erase what a shop keeps about a customer; asked again it finds nothing and writes nothing.

    Changes: the shop's ``TalkNote``, ``LabelledTalk`` and ``Assignment`` rows of the direct
    conversation with them and their ``NewsWish`` for news, which are gone, and one line of the
    trail, which says how many there were and nothing of what they held.

    Args:
        shop_id: Primary key of the shop.
        actor: Who of the team does it.
        party_id: The customer.

    Returns:
        How much is gone.

    Raises:
        NotFound: There is no such shop or customer.

    Transaction: owns.
    """
    shop = Shop.objects.select_for_update(no_key=True).filter(pk=shop_id).first()
    party = parties_by_ids([party_id]).get(party_id)
    if shop is None or party is None:
        raise NotFound
    talk = direct_between(shop.party_id, party_id)
    key = talk.id if talk else 0
    wishes = NewsWish.objects.filter(shop=shop, party_id=party_id, is_wanted=True)
    erased = Erased(
        notes=TalkNote.objects.filter(shop=shop, conversation_id=key).delete()[0],
        labels=LabelledTalk.objects.filter(label__shop=shop, conversation_id=key).delete()[0],
        assignments=Assignment.objects.filter(shop=shop, conversation_id=key).delete()[0],
        news=wishes.delete()[0],
    )
    if erased:
        record(
            actor=actor,
            action="customer.erased",
            object_ref=shop.public_id,
            before={
                "notes": erased.notes,
                "labels": erased.labels,
                "assignments": erased.assignments,
                "news": erased.news,
            },
            after={"customer": party.public_id},
            reason="",
        )
    return erased
