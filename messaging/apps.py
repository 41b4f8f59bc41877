"""The messaging app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MessagingConfig(AppConfig):
    """Conversations, messages, markers and the feed."""

    name = "messaging"
    verbose_name = _("Talk")
