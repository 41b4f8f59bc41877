"""The staff's admin site: Django's own, behind a second factor, under the strict policy."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.response import SimpleTemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_otp.admin import OTPAdminSite

from config.staff.home import health, queue_lines
from config.staff.sign_in import StaffSignInForm
from config.staff.zone import zone_of
from core.admin import ReadOnlyAdmin
from core.clock import one_offset, wall_now

IDLE_SECONDS = 15 * 60
"""From when on a session that nobody used is over (OWASP ASVS 5.0, 7.3.1)."""

NOTED_EVERY_SECONDS = 30
"""How exactly the last use is kept: a page of many requests writes it once."""

SEEN = "staff_seen_at"

_ORDER = ("payments", "people", "merchants", "messaging", "core", "auth")
"""What is looked at most comes first."""


class StaffSite(OTPAdminSite):  # type: ignore[misc]  # django-otp ships no types.
    """Plain ``django.contrib.admin``; nobody gets in on a password alone.

    Only pages that read are taken in: what an installed package would register of its own,
    such as the secrets of second factors, stays out.
    """

    site_header = _("Troco staff")
    site_title = _("Troco staff")
    index_title = _("What waits for a person")
    site_url = None
    enable_nav_sidebar = True
    login_form = StaffSignInForm
    login_template = "admin/login.html"

    def __init__(self, name: str = "admin") -> None:
        """Keep the name that templates use."""
        super().__init__(name)

    def register(
        self,
        model_or_iterable: type[Model] | Iterable[type[Model]],
        admin_class: type[Any] | None = None,
        **options: Any,
    ) -> None:
        """Take a page in if it only reads."""
        if admin_class is not None and issubclass(admin_class, ReadOnlyAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """Let in staff with a second factor, whose session was used within fifteen minutes."""
        if not super().has_permission(request):
            return False
        now, seen = wall_now().timestamp(), request.session.get(SEEN, 0.0)
        if now - seen > IDLE_SECONDS:
            return False
        if now - seen > NOTED_EVERY_SECONDS:
            request.session[SEEN] = now
        return True

    def admin_view(
        self,
        view: Callable[..., HttpResponseBase],
        cacheable: bool = False,  # noqa: FBT001, FBT002 - Django's own signature.
    ) -> Callable[..., HttpResponseBase]:
        """Guard a page, and write its moments in the reader's zone."""
        guarded = super().admin_view(view, cacheable)

        @wraps(guarded)
        def in_their_zone(request: HttpRequest, *args: Any, **named: Any) -> HttpResponseBase:
            with timezone.override(zone_of(request)):
                answer = guarded(request, *args, **named)
                # Django renders what a view leaves unrendered after the zone is gone.
                return answer.render() if isinstance(answer, SimpleTemplateResponse) else answer

        return in_their_zone

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the sign-in page, or begin a session that ends with the browser."""
        answer: HttpResponse = super().login(request, extra_context)
        is_new = request.method == "POST" and "Location" in answer
        if is_new and getattr(request.user, "is_staff", False):
            request.session[SEEN] = wall_now().timestamp()
            request.session.set_expiry(0)
        return answer

    def index(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show what waits for a person, and how the machinery is."""
        with one_offset():
            queues, signs = queue_lines(request.user), health()
        context = {
            **(extra_context or {}),
            "queues": queues,
            "is_anything_waiting": any(queue.count for queue in queues),
            "health": signs,
        }
        answer: HttpResponse = super().index(request, context)
        return answer

    def get_app_list(
        self, request: HttpRequest, app_label: str | None = None
    ) -> list[dict[str, Any]]:
        """List what is looked at most first, under names that staff would use."""
        found: list[dict[str, Any]] = super().get_app_list(request, app_label)
        for app in found:
            if app["app_label"] == "auth":  # Django's own calls itself by its insides.
                app["name"] = _("Rights")
        return sorted(found, key=lambda app: _ORDER.index(app["app_label"]))

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Say on the sign-in page why one is there."""
        context: dict[str, Any] = super().each_context(request)
        was_idle = request.user.is_authenticated and SEEN in request.session
        return {**context, "was_idle": was_idle, "next_field": REDIRECT_FIELD_NAME}
