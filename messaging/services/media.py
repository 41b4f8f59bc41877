"""Taking files in, and showing them in conversations."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, BinaryIO, Final

from django.db import connection

from core import idempotency
from core.clock import wall_now
from core.errors import InputInvalid, NotFound
from core.events import publish
from core.ids import new_id
from core.transactions import joins, owns, refuse_owner
from messaging.enums import MediaKind, ThumbnailState
from messaging.files import vault
from messaging.files.errors import MediaTooLarge
from messaging.files.images import Picture, clean_picture
from messaging.files.recognise import type_of
from messaging.files.types import TYPES, WEBP, FileType
from messaging.models import MediaFile, MediaShown
from messaging.queries.media import MediaFacts, media_facts, media_for
from messaging.services.ration import refuse_over_ration

# What was uploaded and is not sent by then goes away.
UNSENT_FOR: Final = timedelta(hours=24)
MAX_FILENAME: Final = 240
_CHUNK: Final = 262_144
# Anything that means something to a shell, a file system or a header, and what cannot be seen.
_NOT_IN_NAMES: Final = re.compile(
    r'[\x00-\x1f\x7f-\x9f"*/:<>?\\|\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]'
)
_SHOWN_AS: Final = {
    "image": frozenset({MediaKind.IMAGE}),
    "sticker": frozenset({MediaKind.IMAGE}),
    "audio": frozenset({MediaKind.AUDIO}),
    "video": frozenset({MediaKind.VIDEO}),
    "document": frozenset(MediaKind),
}
# Numbers in an order nobody can guess and none twice: the row's id times a factor that has no
# divisor in common with the number of numbers. They begin with 7, so that no other kind of thing
# that is named by digits has one of them, and fit what JavaScript can count.
_NUMBERS_FROM: Final = 7 * 10**15
_NUMBERS: Final = 10**15
_FACTOR: Final = 618_033_988_749_897
_NEXT_ID: Final = "SELECT nextval(pg_get_serial_sequence('messaging_mediafile', 'id'))"

# The conversation is locked: its next number is the message's.
_SHOW: Final = """
INSERT INTO messaging_mediashown (media_id, conversation_id, seq)
SELECT %s, talk.id, talk.last_seq + 1 FROM messaging_conversation AS talk WHERE talk.id = %s
    ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class _Checked:
    """A file that may be kept."""

    file: BinaryIO
    type: FileType
    byte_count: int
    sha256: str
    picture: Picture | None


def keep_upload(
    *,
    owner_party_id: int,
    stream: BinaryIO,
    declared_type: str = "",  # noqa: ARG001 - Believed in no case; a caller need not know that.
    filename: str = "",
    ttl: timedelta = UNSENT_FOR,
    is_rationed: bool = True,
) -> MediaFacts:
    """Check a file, keep it, and give it a name.

    Changes: a file in the vault, then one ``MediaFile``. A picture is written anew from its
    pixels; everything else is kept as it is.

    Args:
        owner_party_id: Whose file it is.
        stream: The file, open for reading; it can be sought. It is read in pieces.
        declared_type: What its sender says it is.
        filename: What its sender calls it.
        ttl: When it goes away unless a message shows it.
        is_rationed: Whether a day allows only so many: what a job fetches has bounds of its own.

    Raises:
        MediaTypeRefused, MediaBroken, MediaTooLarge, MediaTooManyPixels, MediaUnpacksTooLarge:
            It is nothing that may be sent.
        MediaQuotaReached: The owner has sent as much as a day allows.
        TooManyRequests: Too many pictures are being looked at in this moment.

    Transaction: none (``_keep_row`` owns its own; the file is on the disk before).
    """
    refuse_owner("messaging.services.media.keep_upload")
    if is_rationed:
        refuse_over_ration(owner_party_id=owner_party_id, byte_count=0)
    checked = _check(stream)
    now = wall_now()
    key = vault.new_key(now)
    vault.put(key, checked.file)
    row = MediaFile(
        owner_id=owner_party_id,
        kind=checked.type.kind,
        mime_type=checked.type.mime,
        filename=clean_name(filename),
        byte_count=checked.byte_count,
        sha256=checked.sha256,
        width=checked.picture.width if checked.picture else None,
        height=checked.picture.height if checked.picture else None,
        storage_key=key,
        thumbnail=ThumbnailState.WAITING if checked.picture else ThumbnailState.NONE,
        created_at=now,
        expires_at=now + ttl,
    )
    try:
        return _keep_row(row=row, is_rationed=is_rationed)
    except BaseException:
        vault.remove(key)
        raise


def clean_name(filename: str) -> str:
    """Return a name that can be shown and saved under; folders before it are left out."""
    last = re.split(r"[/\\]", filename)[-1]
    plain = _NOT_IN_NAMES.sub("", last).strip(" .")
    stem, dot, ending = plain.rpartition(".")
    if len(plain) <= MAX_FILENAME or not dot or len(ending) >= 10:  # noqa: PLR2004 - No ending.
        return plain[:MAX_FILENAME]
    return f"{stem[: MAX_FILENAME - len(ending) - 1]}.{ending}"


def sha256_of(file: BinaryIO) -> str:
    """Return the digest of a file from its beginning to its end, in hexadecimal."""
    file.seek(0)
    digest = hashlib.sha256()
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
    return digest.hexdigest()


@joins
def attach_media(
    *, party_id: int, conversation_id: int, kind: str, content: Mapping[str, Any]
) -> dict[str, Any]:
    """Let a message show a file; call it once for each message that is really stored.

    Changes: the file stays for ever, and whoever sees the message may fetch it.

    Args:
        party_id: Who sends: the file's owner, or somebody who was shown it.
        conversation_id: Key of the conversation.
        kind: The message's kind: image, sticker, audio, video or document.
        content: What the sender says, with ``media``.

    Returns:
        The content with what is so about the file: ``mime_type``, ``byte_count``, ``sha256``,
        of a picture ``width`` and ``height``, of a document the ``name`` it is saved under.

    Raises:
        InputInvalid: There is no such file for this party, or it is of another kind.

    Transaction: joins.
    """
    try:
        media = media_for(party_id, str(content["media"]))
    except NotFound as error:
        raise _no_such("not_found") from error
    is_sticker = kind != "sticker" or media.mime_type == WEBP.mime
    if media.kind not in _SHOWN_AS.get(kind, frozenset(MediaKind)) or not is_sticker:
        raise _no_such("wrong_kind")
    kept = MediaFile.objects.filter(pk=media.id, removed_at__isnull=True).update(expires_at=None)
    if not kept:
        raise _no_such("not_found")
    with connection.cursor() as cursor:
        cursor.execute(_SHOW, [media.id, conversation_id])
    return _told(media, kind, content)


@joins
def detach_media(*, conversation_id: int, seq: int, media_id: str) -> None:
    """Note that a message which showed a file shows it no more.

    Changes: whoever sees no other message that shows it may fetch it no more; a file that nothing
    shows or holds any more goes away like one that was never sent.

    Args:
        conversation_id: Key of the conversation.
        seq: The message's number in it.
        media_id: ``med_…``, as the message's content named it.

    Transaction: joins.
    """
    # Whoever shows it at this moment waits, and then finds what is so.
    row = MediaFile.objects.select_for_update().filter(public_id=media_id).first()
    if row is None:
        return
    shown = MediaShown.objects.filter(media=row)
    shown.filter(conversation_id=conversation_id, seq=seq).delete()
    if not shown.exists() and not row.holds:
        row.expires_at = wall_now() + UNSENT_FOR
        row.save(update_fields=["expires_at"])


@owns
def give_up_media(*, owner_party_id: int, media_id: str) -> None:
    """Let a file go that its owner will not send.

    Changes: it cannot be fetched or shown any more, and the clock removes it. One that a message
    shows stays.

    Args:
        owner_party_id: Whose file it is.
        media_id: ``med_…``, or its number in digits.

    Raises:
        NotFound: This party has no such file.

    Transaction: owns.
    """
    media = media_for(owner_party_id, media_id)
    if media.owner_id != owner_party_id:
        raise NotFound
    now = wall_now()
    unsent = MediaFile.objects.filter(pk=media.id, expires_at__isnull=False)
    unsent.update(expires_at=now, removed_at=now)


def _told(media: MediaFacts, kind: str, content: Mapping[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {
        **content,
        "media": media.public_id,
        "mime_type": media.mime_type,
        "byte_count": media.byte_count,
        "sha256": media.sha256,
    }
    if media.width and media.height:
        told |= {"width": media.width, "height": media.height}
    if kind == "document":
        name = clean_name(str(content.get("filename") or "")) or media.filename or media.public_id
        told["name"] = TYPES[media.mime_type].named(name)
    return told


def _no_such(code: str) -> InputInvalid:
    return InputInvalid(field_errors={"media": [{"code": code}]})


def _check(stream: BinaryIO) -> _Checked:
    size = stream.seek(0, 2)
    kind = type_of(stream, size)
    if size > kind.max_bytes:
        raise MediaTooLarge(limit_bytes=kind.max_bytes)
    if kind.kind != MediaKind.IMAGE:
        return _Checked(stream, kind, size, sha256_of(stream), None)
    picture = clean_picture(stream, kind)
    digest = sha256_of(picture.file)
    return _Checked(picture.file, picture.type, picture.byte_count, digest, picture)


@owns
def _keep_row(*, row: MediaFile, is_rationed: bool) -> MediaFacts:
    """Insert the row of a file that is in the vault.

    Transaction: owns.
    """
    if is_rationed:
        refuse_over_ration(owner_party_id=row.owner_id, byte_count=row.byte_count, is_last=True)
    with connection.cursor() as cursor:
        cursor.execute(_NEXT_ID)
        row.pk = int(cursor.fetchone()[0])
    row.number = _NUMBERS_FROM + row.pk * _FACTOR % _NUMBERS
    row.public_id = new_id("med")
    row.save(force_insert=True)
    if row.thumbnail == ThumbnailState.WAITING:
        publish("media.kept", media_id=row.public_id)
    facts = media_facts(row)
    idempotency.record(facts)
    return facts
