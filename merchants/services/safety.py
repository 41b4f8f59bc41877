"""Customers whom a shop does not want to hear from, and what it tells the operator of them.

A block is between two parties and is the messenger's own rule: it holds for messages, new orders
and new payments, and for nothing that is under way. Here the shop's team does it, on record.
"""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from core.errors import InputInvalid, NotFound
from core.transactions import owns
from merchants.models import Shop
from merchants.services.texts import clean_text, refusal
from messaging.enums import ReportReason
from messaging.queries import conversation_for
from messaging.services.reports import Complaint, report_conversation
from messaging.services.writing import Sender
from people.services.audit import record
from people.services.blocks import keep_block, lift_block

if TYPE_CHECKING:
    from people.models import Person
    from people.queries import PartyFacts

LONGEST_WORDS = 1000


@owns
def set_blocked(
    *, shop_id: int, actor: "Person", conversation_id: str, is_blocked: bool
) -> "PartyFacts":
    """Block the customer of a conversation, or take the block back; twice is as good as once.

    Changes: a ``Block`` between the shop and the customer, an audit entry. The customer is not
    told.

    Args:
        shop_id: Primary key of the shop.
        actor: Who of the team does it.
        conversation_id: Public id of one of the shop's conversations.
        is_blocked: Whether the customer shall be blocked.

    Returns:
        The customer.

    Raises:
        NotFound: The shop has no such conversation.
        InputInvalid: It is a group.

    Transaction: owns.
    """
    shop = Shop.objects.filter(pk=shop_id).first()
    if shop is None:
        raise NotFound
    other = conversation_for(shop.party_id, conversation_id).counterpart
    if other is None:
        raise InputInvalid(_("Nobody is blocked in a group. Open your conversation with them."))
    change = keep_block if is_blocked else lift_block
    if change(party_id=shop.party_id, other_public_id=other.public_id):
        record(
            actor=actor,
            action="customer.blocked" if is_blocked else "customer.unblocked",
            object_ref=shop.public_id,
            before={},
            after={"customer": other.public_id, "name": other.display_name},
            reason="",
        )
    return other


def report_customer(
    *, shop_id: int, actor: "Person", conversation_id: str, reason: str, words: str
) -> str:
    """Tell the operator of a conversation, with its latest messages; return the report's id.

    Changes: one ``Report``. Nobody in the conversation hears of it.

    Args:
        shop_id: Primary key of the shop.
        actor: Who of the team tells.
        conversation_id: Public id of one of the shop's conversations.
        reason: A ``ReportReason``.
        words: In their own words, up to 1000 characters.

    Raises:
        NotFound: The shop has no such conversation.
        InputInvalid, TextInvalid: There is no such reason, or the words are too long.
        TooManyRequests: The shop has told of fifty things within a day.

    Transaction: owns (``report_conversation``).
    """
    shop = Shop.objects.filter(pk=shop_id).first()
    if shop is None:
        raise NotFound
    if reason not in ReportReason.values:
        raise refusal("reason", _("Say what is wrong."))
    said = clean_text(words, "words", LONGEST_WORDS)
    made = report_conversation(
        actor=Sender(shop.party_id, actor.pk),
        conversation_id=conversation_id,
        complaint=Complaint(reason, said),
    )
    return made.public_id
