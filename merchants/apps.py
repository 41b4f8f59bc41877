"""Registers the room of shops with Django."""

from django.apps import AppConfig


class MerchantsConfig(AppConfig):
    """Shops, products and orders."""

    name = "merchants"
    default_auto_field = "django.db.models.BigAutoField"
