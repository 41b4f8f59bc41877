"""What the team keeps for itself: quick replies, labels, who looks after whom, notes.

Nothing here is written into a conversation, so nothing of it can reach a customer.
"""

import re
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext_lazy as _

from core import idempotency
from core.clock import business_now
from core.errors import NotFound, StateConflict
from core.ids import new_id
from core.transactions import owns
from merchants.enums import LabelColour
from merchants.models import (
    Assignment,
    Label,
    LabelledTalk,
    QuickReply,
    Shop,
    TalkNote,
    TeamMember,
)
from merchants.services.texts import clean_text, refusal
from messaging.queries import conversation_for

if TYPE_CHECKING:
    from people.models import Person

MAX_TEXT: Final = 4096
MAX_SHORTCUT: Final = 25
MAX_LABEL: Final = 40
MOST_REPLIES: Final = 200
MOST_LABELS: Final = 20
_SHORTCUT: Final = re.compile(r"[\w-]{1,25}")


@owns
def put_quick_reply(*, shop_id: int, shortcut: str, text: str) -> QuickReply:
    """Keep a text under a short word; the word's earlier text is replaced.

    Args:
        shop_id: Primary key of the shop.
        shortcut: 1 to 25 letters, digits, ``-`` or ``_``; capitals make no difference.
        text: 1 to 4096 characters.

    Raises:
        InputInvalid, TextInvalid: The word or the text is not right.
        StateConflict: The shop has 200 of them.

    Transaction: owns.
    """
    word = shortcut.casefold()
    if not _SHORTCUT.fullmatch(word):
        raise refusal("shortcut", _("A shortcut has 1 to 25 letters, digits, - or _."))
    clean = clean_text(text, "text", MAX_TEXT, 1)
    _lock(shop_id)
    others = QuickReply.objects.filter(shop_id=shop_id).exclude(shortcut=word)
    if others.count() >= MOST_REPLIES:
        raise StateConflict(_("A shop has at most 200 quick replies. Remove one first."))
    reply, _made = QuickReply.objects.update_or_create(
        shop_id=shop_id,
        shortcut=word,
        defaults={"text": clean, "changed_at": business_now()},
    )
    return reply


@owns
def remove_quick_reply(*, shop_id: int, shortcut: str) -> None:
    """Forget a short word.

    Raises:
        NotFound: The shop has no such word.

    Transaction: owns.
    """
    gone, _tables = QuickReply.objects.filter(
        shop_id=shop_id, shortcut=shortcut.casefold()
    ).delete()
    if not gone:
        raise NotFound


@owns
def put_label(*, shop_id: int, name: str, colour: str) -> Label:
    """Keep a label, or give the one of that name another colour.

    Args:
        shop_id: Primary key of the shop.
        name: 1 to 40 characters; capitals make no difference.
        colour: One of ``LabelColour``.

    Raises:
        InputInvalid, TextInvalid: The name or the colour is not right.
        StateConflict: The shop has 20 of them.

    Transaction: owns.
    """
    clean = clean_text(name, "name", MAX_LABEL, 1)
    if colour not in LabelColour.values:
        raise refusal("colour", _("There is no such colour."))
    _lock(shop_id)
    label = Label.objects.filter(shop_id=shop_id, name__iexact=clean).first()
    if label is None:
        if Label.objects.filter(shop_id=shop_id).count() >= MOST_LABELS:
            raise StateConflict(_("A shop has at most 20 labels. Remove one first."))
        return Label.objects.create(shop_id=shop_id, name=clean, colour=colour)
    label.colour = colour
    label.save(update_fields=["colour"])
    return label


@owns
def remove_label(*, shop_id: int, name: str) -> None:
    """Forget a label, and take it off every conversation.

    Raises:
        NotFound: The shop has no such label.

    Transaction: owns.
    """
    _label(shop_id, name).delete()


@owns
def stick_label(*, shop_id: int, conversation_id: str, name: str) -> None:
    """Put a label on a conversation; it is there once.

    Raises:
        NotFound: The shop has no such label or conversation.

    Transaction: owns.
    """
    talk_id = _talk(shop_id, conversation_id)
    LabelledTalk.objects.get_or_create(label=_label(shop_id, name), conversation_id=talk_id)


@owns
def peel_label(*, shop_id: int, conversation_id: str, name: str) -> None:
    """Take a label off a conversation.

    Raises:
        NotFound: The shop has no such label or conversation.

    Transaction: owns.
    """
    talk_id = _talk(shop_id, conversation_id)
    LabelledTalk.objects.filter(label=_label(shop_id, name), conversation_id=talk_id).delete()


@owns
def assign_talk(
    *, shop_id: int, actor: "Person", conversation_id: str, login: str | None
) -> Assignment | None:
    """Say who of the team looks after a conversation, or that nobody does.

    Args:
        shop_id: Primary key of the shop.
        actor: Who says so.
        conversation_id: Public id of one of the shop's conversations.
        login: Of a member of the team; None for nobody.

    Returns:
        The assignment as it is now.

    Raises:
        NotFound: The shop has no such conversation.
        InputInvalid: Nobody of that login is in the team.

    Transaction: owns.
    """
    talk_id = _talk(shop_id, conversation_id)
    _lock(shop_id)
    member = None
    if login is not None:
        member = TeamMember.objects.filter(
            shop_id=shop_id, person__login=login, removed_at__isnull=True
        ).first()
        if member is None:
            raise refusal("login", _("Nobody of that login is in the team."))
    now = business_now()
    current = Assignment.objects.filter(
        shop_id=shop_id, conversation_id=talk_id, ended_at__isnull=True
    )
    held = current.first()
    if held is not None and member is not None and held.assignee_id == member.person_id:
        return held
    current.update(ended_at=now)
    if member is None:
        return None
    return Assignment.objects.create(
        shop_id=shop_id,
        conversation_id=talk_id,
        assignee_id=member.person_id,
        assigner=actor,
        begun_at=now,
    )


@owns
def add_note(*, shop_id: int, author: "Person", conversation_id: str, text: str) -> TalkNote:
    """Write a note about a conversation that only the team sees.

    Args:
        shop_id: Primary key of the shop.
        author: Who writes.
        conversation_id: Public id of one of the shop's conversations.
        text: 1 to 4096 characters.

    Raises:
        NotFound: The shop has no such conversation.
        InputInvalid, TextInvalid: The text is not right.

    Transaction: owns.
    """
    note = TalkNote.objects.create(
        public_id=new_id("not"),
        shop_id=shop_id,
        conversation_id=_talk(shop_id, conversation_id),
        author=author,
        text=clean_text(text, "text", MAX_TEXT, 1),
        created_at=business_now(),
    )
    idempotency.record(note)
    return note


def _lock(shop_id: int) -> Shop:
    """Let changes of one shop's desk follow one another, so that what is counted stays so."""
    shop = Shop.objects.select_for_update(no_key=True).filter(pk=shop_id).first()
    if shop is None:
        raise NotFound
    return shop


def _label(shop_id: int, name: str) -> Label:
    label = Label.objects.filter(shop_id=shop_id, name__iexact=name.strip()).first()
    if label is None:
        raise NotFound
    return label


def _talk(shop_id: int, conversation_id: str) -> int:
    """Return the key of one of the shop's conversations."""
    party_id = Shop.objects.filter(pk=shop_id).values_list("party_id", flat=True).first()
    if party_id is None:
        raise NotFound
    return conversation_for(party_id, conversation_id).id
