"""The staff's admin site: Django's own, behind a second factor, under the strict policy."""

from django.utils.translation import gettext_lazy as _
from django_otp.admin import OTPAdminSite


class StaffSite(OTPAdminSite):  # type: ignore[misc]  # django-otp ships no types.
    """Plain ``django.contrib.admin``; nobody gets in on a password alone."""

    site_header = _("Troco staff")
    site_title = _("Troco staff")
    index_title = _("Queues and records")
    enable_nav_sidebar = True
