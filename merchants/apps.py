"""Registers the room of shops with Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MerchantsConfig(AppConfig):
    """Shops, products and orders."""

    name = "merchants"
    verbose_name = _("Shops")
    default_auto_field = "django.db.models.BigAutoField"
