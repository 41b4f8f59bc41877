"""Registers the app with Django."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """People as a Django app."""

    name = "people"
    default_auto_field = "django.db.models.BigAutoField"
