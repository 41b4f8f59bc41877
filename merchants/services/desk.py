"""What the team keeps for itself: quick replies, labels, who looks after whom, notes.

Nothing here is written into a conversation, so nothing of it can reach a customer.
"""

import re
from datetime import timedelta
from typing import TYPE_CHECKING, BinaryIO, Final

from django.utils.translation import gettext_lazy as _

from core import idempotency
from core.clock import business_now
from core.errors import NotFound, StateConflict
from core.ids import new_id
from core.transactions import owns, refuse_owner
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
from merchants.services.undoing import Expected, refuse_changed
from messaging.checks import MAX_CAPTION
from messaging.enums import MediaKind
from messaging.files.recognise import type_of
from messaging.files.types import PDF
from messaging.queries import conversation_for
from messaging.queries.media import media_for
from messaging.services.media import keep_upload
from messaging.services.standing import hold_media, release_media

if TYPE_CHECKING:
    from people.models import Person

MAX_TEXT: Final = 4096
MAX_SHORTCUT: Final = 25
MAX_LABEL: Final = 40
MOST_REPLIES: Final = 200
MOST_LABELS: Final = 20
KEPT: Final = ""
_NO_FILE: Final = _("Choose a picture or a PDF.")
KEPT_REMOVED: Final = timedelta(days=1)
"""How long a label that was removed can be brought back."""

_SHORTCUT: Final = re.compile(r"[\w-]{1,25}")


@owns
def put_quick_reply(
    *,
    shop_id: int,
    shortcut: str,
    text: str,
    media_id: str | None = KEPT,
    expected: Expected | None = None,
) -> QuickReply:
    """Keep a text under a short word; the word's earlier text is replaced.

    Changes: the ``QuickReply``; its file is held, the one before it let go. What was sent with it
    stays as it was sent.

    Args:
        shop_id: Primary key of the shop.
        shortcut: 1 to 25 letters, digits, ``-`` or ``_``; capitals make no difference.
        text: 1 to 4096 characters; with a file at most 1024, since it stands below it.
        media_id: ``med_…`` of a picture or PDF of the shop's; ``KEPT`` leaves what is there,
            None takes it away.
        expected: The text that the word has by now; None in it for no such word.

    Raises:
        InputInvalid, TextInvalid: The word, the text or the file is not right.
        StateConflict: The shop has 200 of them, or the word is not as expected.

    Transaction: owns.
    """
    word = shortcut.casefold()
    if not _SHORTCUT.fullmatch(word):
        raise refusal("shortcut", _("A shortcut has 1 to 25 letters, digits, - or _."))
    clean = clean_text(text, "text", MAX_TEXT, 1)
    shop = _lock(shop_id)
    before = QuickReply.objects.filter(shop_id=shop_id, shortcut=word).first()
    refuse_changed(expected, before.text if before else None)
    others = QuickReply.objects.filter(shop_id=shop_id).exclude(shortcut=word)
    if others.count() >= MOST_REPLIES:
        raise StateConflict(_("A shop has at most 200 quick replies. Remove one first."))
    old = before.media_id if before else None
    media = old if media_id == KEPT else _hold(shop.party_id, media_id)
    if media is not None:
        clean = clean_text(clean, "text", MAX_CAPTION, 1)
    reply, _made = QuickReply.objects.update_or_create(
        shop_id=shop_id,
        shortcut=word,
        defaults={"text": clean, "media_id": media, "changed_at": business_now()},
    )
    if old is not None and media_id != KEPT:
        release_media(media_key=old)
    return reply


@owns
def remove_quick_reply(*, shop_id: int, shortcut: str) -> tuple[str, str | None]:
    """Forget a short word, and let its file go; what was sent with it stays.

    Returns:
        The text that it had, and the public id of its file, or None.

    Raises:
        NotFound: The shop has no such word.

    Transaction: owns.
    """
    _lock(shop_id)
    word = shortcut.casefold()
    if not _SHORTCUT.fullmatch(word):
        raise NotFound
    rows = QuickReply.objects.select_related("media").filter(shop_id=shop_id, shortcut=word)
    reply = rows.first()
    if reply is None:
        raise NotFound
    text, media = reply.text, reply.media
    reply.delete()
    if media is not None:
        release_media(media_key=media.pk)
    return text, media.public_id if media else None


def keep_reply_file(*, shop_id: int, file: BinaryIO, filename: str) -> str:
    """Keep a file for a day, until a quick reply holds it; return its id.

    Args:
        shop_id: Primary key of the shop.
        file: A picture or a PDF.
        filename: What it is called.

    Raises:
        NotFound: There is no such shop.
        InputInvalid: It is neither.
        MediaTypeRefused, MediaBroken, MediaTooLarge, MediaTooManyPixels, MediaQuotaReached: As
            with every file.

    Transaction: none (``keep_upload`` owns its own).
    """
    refuse_owner("merchants.services.desk.keep_reply_file")
    party_id = Shop.objects.filter(pk=shop_id).values_list("party_id", flat=True).first()
    if party_id is None:
        raise NotFound
    found = type_of(file, file.seek(0, 2))
    if found.kind != MediaKind.IMAGE and found != PDF:
        raise refusal("file", _NO_FILE)
    return keep_upload(owner_party_id=party_id, stream=file, filename=filename).public_id


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
    living = Label.objects.filter(shop_id=shop_id, removed_at__isnull=True)
    label = living.filter(name__iexact=clean).first()
    if label is None:
        if living.count() >= MOST_LABELS:
            raise StateConflict(_("A shop has at most 20 labels. Remove one first."))
        return Label.objects.create(shop_id=shop_id, name=clean, colour=colour)
    label.colour = colour
    label.save(update_fields=["colour"])
    return label


@owns
def remove_label(*, shop_id: int, name: str) -> None:
    """Take a label off every conversation; for a day it can be brought back.

    Changes: the ``Label``; those that were removed more than a day ago are forgotten.

    Raises:
        NotFound: The shop has no such label.

    Transaction: owns.
    """
    now = business_now()
    Label.objects.filter(shop_id=shop_id, removed_at__lt=now - KEPT_REMOVED).delete()
    label = _label(shop_id, name)
    label.removed_at = now
    label.save(update_fields=["removed_at"])


@owns
def bring_label_back(*, shop_id: int, name: str) -> None:
    """Take a removed label back, onto the conversations that it was on.

    Raises:
        NotFound: The shop removed no such label in the last day.
        StateConflict: There is one of that name by now, or there are 20 of them.

    Transaction: owns.
    """
    _lock(shop_id)
    mine = Label.objects.filter(shop_id=shop_id)
    gone = mine.filter(name__iexact=name.strip(), removed_at__gt=business_now() - KEPT_REMOVED)
    label = gone.order_by("-removed_at", "-id").first()
    if label is None:
        raise NotFound
    living = mine.filter(removed_at__isnull=True)
    again = Expected(state=False, words=_("There is a label of that name again."))
    refuse_changed(again, living.filter(name__iexact=label.name).exists())
    if living.count() >= MOST_LABELS:
        raise StateConflict(_("A shop has at most 20 labels. Remove one first."))
    label.removed_at = None
    label.save(update_fields=["removed_at"])


@owns
def stick_label(
    *, shop_id: int, conversation_id: str, name: str, expected: Expected | None = None
) -> bool:
    """Put a label on a conversation, where it is there or not as expected; it is there once.

    Returns:
        Whether it was not there before.

    Raises:
        NotFound: The shop has no such label or conversation.
        StateConflict: It is not as expected.

    Transaction: owns.
    """
    talk_id = _talk(shop_id, conversation_id)
    label = _label(shop_id, name)
    _stuck, is_new = LabelledTalk.objects.get_or_create(label=label, conversation_id=talk_id)
    refuse_changed(expected, not is_new)
    return is_new


@owns
def peel_label(
    *, shop_id: int, conversation_id: str, name: str, expected: Expected | None = None
) -> bool:
    """Take a label off a conversation, where it is there or not as expected.

    Returns:
        Whether it was there.

    Raises:
        NotFound: The shop has no such label or conversation.
        StateConflict: It is not as expected.

    Transaction: owns.
    """
    talk_id = _talk(shop_id, conversation_id)
    stuck = LabelledTalk.objects.filter(label=_label(shop_id, name), conversation_id=talk_id)
    was_there = bool(stuck.delete()[0])
    refuse_changed(expected, was_there)
    return was_there


@owns
def assign_talk(
    *,
    shop_id: int,
    actor: "Person",
    conversation_id: str,
    login: str | None,
    expected: Expected | None = None,
) -> str | None:
    """Say who of the team looks after a conversation, or that nobody does.

    Args:
        shop_id: Primary key of the shop.
        actor: Who says so.
        conversation_id: Public id of one of the shop's conversations.
        login: Of a member of the team; None for nobody.
        expected: The login of who looks after it by now; None in it for nobody.

    Returns:
        The login of who looked after it before, or None.

    Raises:
        NotFound: The shop has no such conversation.
        InputInvalid: Nobody of that login is in the team.
        StateConflict: Who looks after it is not as expected.

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
    holder = current.values_list("assignee__login", flat=True).first()
    refuse_changed(expected, holder)
    if holder == login:
        return holder
    current.update(ended_at=now)
    if member is not None:
        Assignment.objects.create(
            shop_id=shop_id,
            conversation_id=talk_id,
            assignee_id=member.person_id,
            assigner=actor,
            begun_at=now,
        )
    return holder


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


def _hold(party_id: int, media_id: str | None) -> int | None:
    """Hold a file of the shop's for a quick reply; return its key."""
    if media_id is None:
        return None
    try:
        found = media_for(party_id, media_id)
        key = hold_media(owner_party_id=party_id, media_id=found.public_id)
    except NotFound as error:
        raise refusal("media", _("There is no such file.")) from error
    if found.kind != MediaKind.IMAGE and found.mime_type != PDF.mime:
        raise refusal("media", _NO_FILE)
    return key


def _lock(shop_id: int) -> Shop:
    """Let changes of one shop's desk follow one another, so that what is counted stays so."""
    shop = Shop.objects.select_for_update(no_key=True).filter(pk=shop_id).first()
    if shop is None:
        raise NotFound
    return shop


def _label(shop_id: int, name: str) -> Label:
    if "\0" in name:
        raise NotFound
    living = Label.objects.filter(shop_id=shop_id, removed_at__isnull=True)
    label = living.filter(name__iexact=name.strip()).first()
    if label is None:
        raise NotFound
    return label


def _talk(shop_id: int, conversation_id: str) -> int:
    """Return the key of one of the shop's conversations."""
    party_id = Shop.objects.filter(pk=shop_id).values_list("party_id", flat=True).first()
    if party_id is None:
        raise NotFound
    return conversation_for(party_id, conversation_id).id
