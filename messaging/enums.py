"""Codes of messaging: never words for people."""

from django.db import models


class ConversationKind(models.TextChoices):
    """How many sides a conversation has."""

    DIRECT = "direct"
    GROUP = "group"


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
    """What a feed row tells."""

    MESSAGE_CREATED = "message.created"
    MESSAGE_UPDATED = "message.updated"
    RECEIPT = "receipt"
    PAYMENT = "payment"
    REQUEST = "request"
    ORDER = "order"
    DEVICE = "device"
    WARNING = "warning"
    SECURITY = "security"
