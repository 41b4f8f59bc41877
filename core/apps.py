"""Registers the kernel with Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CoreConfig(AppConfig):
    """The kernel as a Django app."""

    name = "core"
    verbose_name = _("Machinery")
    default_auto_field = "django.db.models.BigAutoField"
