"""Codes of messaging: never words for people."""

from typing import Final

from django.db import models

MAX_MEMBERS: Final = 1000
"""How many a group has at most."""

MAX_TITLE: Final = 120
"""How long a group's title is at most."""


class ConversationKind(models.TextChoices):
    """How many sides a conversation has."""

    DIRECT = "direct"
    GROUP = "group"


class MemberRole(models.TextChoices):
    """What a member may do in a group; both sides of a direct conversation are members."""

    OWNER = "owner"
    ADMIN = "admin"
    MEMBER = "member"


class ReportReason(models.TextChoices):
    """Why somebody tells the operator of a message."""

    SPAM = "spam"
    SCAM = "scam"
    ABUSE = "abuse"
    THREAT = "threat"
    CHILD = "child"
    OTHER = "other"


class SystemNews(models.TextChoices):
    """What happened in a group, as a message of the kind ``system`` says it."""

    CREATED = "created"
    ADDED = "added"
    LEFT = "left"
    REMOVED = "removed"
    RENAMED = "renamed"
    ROLE = "role"


class MessageKind(models.TextChoices):
    """The kinds that messaging itself knows; the others are registered from above."""

    TEXT = "text"
    IMAGE = "image"
    VIDEO = "video"
    DOCUMENT = "document"
    AUDIO = "audio"
    STICKER = "sticker"
    LOCATION = "location"
    CONTACT = "contact"
    SYSTEM = "system"
    PAYMENT = "payment"
    REQUEST = "request"


class MediaKind(models.TextChoices):
    """What a file that somebody sends is to whoever looks at it."""

    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"
    DOCUMENT = "document"


class ThumbnailState(models.TextChoices):
    """How far the small picture of a file is; only pictures have one."""

    NONE = "none"
    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"


class FeedKind(models.TextChoices):
    """What a feed row tells; ``access`` is for the streams themselves and told to nobody."""

    MESSAGE_CREATED = "message.created"
    MESSAGE_UPDATED = "message.updated"
    MESSAGE_DELETED = "message.deleted"
    REACTION = "reaction"
    CONVERSATION = "conversation"
    RECEIPT = "receipt"
    PAYMENT = "payment"
    REQUEST = "request"
    ORDER = "order"
    DEVICE = "device"
    WARNING = "warning"
    SECURITY = "security"
    ACCESS = "access"
