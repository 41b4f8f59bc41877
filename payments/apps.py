"""Registers payments with Django."""

from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    """Payments as a Django app."""

    name = "payments"
    default_auto_field = "django.db.models.BigAutoField"
