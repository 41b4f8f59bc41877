"""Registers the kernel with Django."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """The kernel as a Django app."""

    name = "core"
    default_auto_field = "django.db.models.BigAutoField"
