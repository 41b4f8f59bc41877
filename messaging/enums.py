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
