"""The messaging app."""

from django.apps import AppConfig


class MessagingConfig(AppConfig):
    """Conversations, messages, markers and the feed."""

    name = "messaging"
    verbose_name = "Messaging"
