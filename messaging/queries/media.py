"""Files that people sent, always on behalf of one party.

A file of others and a file that does not exist are the same ``NotFound``.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import Exists, OuterRef, Q

from core.api import moment_out
from core.errors import NotFound
from messaging.enums import MediaKind, ThumbnailState
from messaging.files.types import TYPES
from messaging.models import MediaFile, MediaShown, Member

_MOST_DIGITS: Final = 18


@dataclass(frozen=True, slots=True)
class MediaFacts:
    """A file in the vault.

    Attributes:
        id: Its row.
        public_id: ``med_…``.
        number: The same in digits only, for those who take no other names.
        owner_id: The party that uploaded it.
        kind: image, audio, video or document.
        mime_type: What its bytes are, not what anybody said.
        filename: What its sender called it, with an ending that fits; may be empty.
        byte_count: Its length as it is kept.
        sha256: Of the same bytes, in hexadecimal.
        width: Of a picture, in pixels.
        height: Of a picture, in pixels.
        thumbnail: ``none`` for what is no picture.
        storage_key: Where it lies.
        created_at: When it was uploaded.
        expires_at: When it goes away unless somebody sends it; None once it was sent.
    """

    id: int
    public_id: str
    number: int
    owner_id: int
    kind: str
    mime_type: str
    filename: str
    byte_count: int
    sha256: str
    width: int | None
    height: int | None
    thumbnail: str
    storage_key: str
    created_at: datetime
    expires_at: datetime | None

    @property
    def has_thumbnail(self) -> bool:
        """Whether the small picture is there."""
        return self.thumbnail == ThumbnailState.READY

    @property
    def is_shown_inline(self) -> bool:
        """Whether a browser may show it in a page; documents are only ever saved."""
        return self.kind != MediaKind.DOCUMENT

    @property
    def download_name(self) -> str:
        """The name to save it under: its own, with an ending of its type."""
        return TYPES[self.mime_type].named(self.filename or self.public_id)


def media_for(party_id: int, media_id: str) -> MediaFacts:
    """Return a file to its owner, or to whoever sees a message that shows it.

    Whoever left before it was shown, or came after it, sees none.

    Args:
        party_id: Who asks.
        media_id: ``med_…``, or its number in digits.

    Raises:
        NotFound: There is none with that id for this party.
    """
    member = Member.objects.filter(
        Q(left_seq__isnull=True) | Q(left_seq__gte=OuterRef("seq")),
        party_id=party_id,
        conversation_id=OuterRef("conversation_id"),
        joined_seq__lt=OuterRef("seq"),
    )
    shown = MediaShown.objects.filter(Exists(member), media_id=OuterRef("pk"))
    row = (
        _named(media_id)
        .filter(Q(owner_id=party_id) | Exists(shown), removed_at__isnull=True)
        .first()
    )
    if row is None:
        raise NotFound
    return media_facts(row)


def media_by_link(media_id: str) -> MediaFacts:
    """Return a file to whoever brings a link that was signed for it; the caller has checked it.

    Raises:
        NotFound: It has gone.
    """
    row = MediaFile.objects.filter(public_id=media_id, removed_at__isnull=True).first()
    if row is None:
        raise NotFound
    return media_facts(row)


def media_facts(row: MediaFile) -> MediaFacts:
    """Return the facts of a file that a service has just written or found."""
    return MediaFacts(
        id=row.pk,
        public_id=row.public_id,
        number=row.number,
        owner_id=row.owner_id,
        kind=row.kind,
        mime_type=row.mime_type,
        filename=row.filename,
        byte_count=row.byte_count,
        sha256=row.sha256,
        width=row.width,
        height=row.height,
        thumbnail=row.thumbnail,
        storage_key=row.storage_key,
        created_at=row.created_at,
        expires_at=row.expires_at,
    )


def media_shape(media: MediaFacts) -> dict[str, Any]:
    """Return a file as it stands in answers."""
    return {
        "id": media.public_id,
        "number": str(media.number),
        "kind": media.kind,
        "mime_type": media.mime_type,
        "filename": media.download_name,
        "byte_count": media.byte_count,
        "sha256": media.sha256,
        "width": media.width,
        "height": media.height,
        "thumbnail": media.thumbnail,
        "created_at": moment_out(media.created_at),
        "expires_at": moment_out(media.expires_at),
    }


def _named(media_id: str) -> Any:
    if media_id.isascii() and media_id.isdigit() and len(media_id) <= _MOST_DIGITS:
        return MediaFile.objects.filter(number=int(media_id))
    return MediaFile.objects.filter(public_id=media_id)
