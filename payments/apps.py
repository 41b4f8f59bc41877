"""Registers payments with Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PaymentsConfig(AppConfig):
    """Payments as a Django app."""

    name = "payments"
    verbose_name = _("Money")
    default_auto_field = "django.db.models.BigAutoField"
