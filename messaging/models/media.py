"""Files that people send."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from messaging.enums import MediaKind, ThumbnailState


class MediaFile(models.Model):
    """A file in the vault; it lives for ever once a message has shown it.

    ``holds`` counts who shows it outside of messages, and keeps it as long.
    ``number`` names it where only digits will do. ``storage_key`` is where it lies, and
    ``expires_at`` until when somebody must have sent it. One that is being removed has
    ``removed_at`` first: from then on nobody can send it any more.
    """

    public_id = models.CharField(max_length=40, unique=True)
    number = models.BigIntegerField(unique=True)
    owner = models.ForeignKey(
        "people.Party", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    kind = models.CharField(max_length=10, choices=MediaKind.choices)
    mime_type = models.CharField(max_length=100)
    filename = models.CharField(max_length=240, default="", blank=True)
    byte_count = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    width = models.IntegerField(null=True)
    height = models.IntegerField(null=True)
    storage_key = models.CharField(max_length=64, unique=True)
    thumbnail = models.CharField(max_length=10, choices=ThumbnailState.choices)
    holds = models.PositiveIntegerField(default=0, db_default=0)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        """What always holds of a file, and the ways it is looked for."""

        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(kind__in=MediaKind.values), name="messaging_mediafile_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(thumbnail__in=ThumbnailState.values),
                name="messaging_mediafile_thumbnail_is_known",
            ),
            models.CheckConstraint(
                condition=Q(byte_count__gte=1), name="messaging_mediafile_is_not_empty"
            ),
            models.CheckConstraint(
                condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="messaging_mediafile_has_sha256"
            ),
            models.CheckConstraint(
                condition=~Q(kind="image") | Q(width__gte=1, height__gte=1),
                name="messaging_mediafile_image_has_size",
            ),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True) | Q(expires_at__isnull=False),
                name="messaging_mediafile_sent_stays",
            ),
            models.CheckConstraint(
                condition=Q(holds=0) | Q(expires_at__isnull=True),
                name="messaging_mediafile_held_stays",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["owner", "created_at"], name="messaging_mediafile_of_owner"),
            models.Index(
                fields=["expires_at"],
                name="messaging_mediafile_unsent",
                condition=Q(expires_at__isnull=False),
            ),
            models.Index(
                fields=["created_at"],
                name="messaging_mediafile_waiting",
                condition=Q(thumbnail="waiting"),
            ),
        ]

    def __str__(self) -> str:
        """Name the file."""
        return self.public_id


class MediaShown(models.Model):
    """A message that shows a file: whoever sees that message may fetch the file."""

    media = models.ForeignKey(MediaFile, on_delete=models.PROTECT, related_name="shown")
    conversation = models.ForeignKey(
        "messaging.Conversation", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    seq = models.BigIntegerField()

    class Meta:
        """One row for a file and a message."""

        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["media", "conversation", "seq"], name="messaging_mediashown_once"
            ),
        ]

    def __str__(self) -> str:
        """Name the row."""
        return f"media {self.media_id} shown by number {self.seq}"
